import { formatDuration } from './format-duration.ts';
import type { RunView, StepView } from './run-view.ts';
import { failureText, progressText, saysMore, stepDuration, stepTitle } from './step-text.ts';

/** How a terminal is to be drawn on. */
export interface Terminal {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly columns: number;
  /** Colours a mark; leaves it alone where there is no colour. */
  readonly paint: (colour: Colour, text: string) => string;
}

export type Colour = 'green' | 'red' | 'yellow' | 'cyan' | 'dim';

/** The whole run as a table of steps, at most `columns` wide: what a terminal shows until the next look. */
export function renderLive(cluster: string, view: RunView, terminal: Terminal): string {
  const { now, columns, paint } = terminal;
  const width = Math.max(...view.steps.map((row) => stepTitle(row).length), 0);
  const node = view.nodeName === undefined ? '' : ` on ${view.nodeName}`;
  const since = formatDuration(now - Date.parse(view.startedAt));
  return [
    cut(`etcd backup of ${cluster}${node}, ${since}`, columns),
    cut(view.id ?? view.workflowId, columns),
    '',
    ...view.steps.map((row) => {
      const { mark, colour } = marks[row.state];
      const text = `${stepTitle(row).padEnd(width)}  ${stepDuration(row, now).padStart(11)}`;
      const line = cut(`${text}  ${doing(row)}`.trimEnd(), columns - 4);
      return `  ${paint(colour, mark)} ${row.state === 'waiting' ? paint('dim', line) : line}`;
    }),
    ...(view.notice === undefined ? [] : ['', view.notice.message]),
  ].join('\n');
}

const marks: Readonly<
  Record<StepView['state'], { readonly mark: string; readonly colour: Colour }>
> = {
  waiting: { mark: '·', colour: 'dim' },
  running: { mark: '▶', colour: 'cyan' },
  retrying: { mark: '↻', colour: 'yellow' },
  paused: { mark: '‖', colour: 'yellow' },
  completed: { mark: '✓', colour: 'green' },
  failed: { mark: '✗', colour: 'red' },
  cancelled: { mark: '■', colour: 'yellow' },
  ended: { mark: '?', colour: 'dim' },
};

function doing({ state, attempt = 1, lastFailure, progress }: StepView): string {
  const words = [];
  if (state === 'paused') words.push('paused by an operator');
  if (state === 'running' && progress !== undefined && saysMore(progress)) {
    words.push(progressText(progress));
  }
  if (lastFailure !== undefined && (state === 'running' || state === 'retrying')) {
    const which = state === 'retrying' ? 'waits for attempt' : 'attempt';
    words.push(`${which} ${attempt} after ${failureText(lastFailure)}`);
  }
  return words.join('; ');
}

function cut(line: string, columns: number): string {
  return line.length > columns ? `${line.slice(0, Math.max(0, columns - 1))}…` : line;
}
