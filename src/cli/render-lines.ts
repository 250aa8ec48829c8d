import type { Change, ProgressChange, StepChange } from './changes.ts';
import {
  failureText,
  percent,
  progressText,
  saysMore,
  stepDuration,
  stepTitle,
} from './step-text.ts';

/** Changes as plain lines for logs and pipes, each with its time in UTC; of a transfer every tenth. */
export function renderLines(changes: readonly Change[], now: number): string[] {
  const time = new Date(now).toISOString().slice(11, 19);
  return changes.flatMap((change) => textOf(change, now)).map((text) => `${time} ${text}`);
}

function textOf(change: Change, now: number): string[] {
  if (change.event === 'notice') return [change.message];
  if (change.event === 'step') return [`${stepTitle(change)}: ${stepText(change, now)}`];
  if (change.event === 'progress') {
    return saysMore(change) && tenth(change) ? [progressLine(change)] : [];
  }
  const { id, nodeName } = change;
  if (id === undefined) return [];
  return [`backup ${id}${nodeName === undefined ? '' : ` on ${nodeName}`}`];
}

function stepText(change: StepChange, now: number): string {
  const { state, lastFailure, attempt = 1 } = change;
  const after = lastFailure === undefined ? '' : ` after ${failureText(lastFailure)}`;
  const took = stepDuration(change, now);
  const words: Readonly<Record<StepChange['state'], string>> = {
    waiting: 'waits',
    running: attempt > 1 ? `attempt ${attempt}${after}` : 'started',
    retrying: `waits for attempt ${attempt}${after}`,
    paused: 'paused by an operator',
    completed: `done in ${took}`,
    failed: `failed after ${took}`,
    cancelled: `cancelled after ${took}`,
    ended: 'is over',
  };
  return words[state];
}

function progressLine(change: ProgressChange): string {
  return `${stepTitle(change)}: ${progressText(change)}`;
}

function tenth(change: ProgressChange): boolean {
  const { before } = change;
  if (before?.state !== change.state) return true;
  const [earlier, now] = [percent(before), percent(change)];
  return now !== undefined && Math.floor(now / 10) > Math.floor((earlier ?? 0) / 10);
}
