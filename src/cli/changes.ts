import { earlierRow } from './run-view.ts';
import type { Notice, ProgressView, RunView, StepFailure, StepView } from './run-view.ts';

/** One thing that is different from the view before; a line of `--json` as it is. */
export type Change = RunChange | StepChange | ProgressChange | NoticeChange;

/** The backup's id, its node or, after a Reset, its run id became known. */
export interface RunChange {
  readonly event: 'run';
  readonly workflowId: string;
  readonly runId: string;
  readonly id?: string;
  readonly nodeName?: string;
}

export interface StepChange {
  readonly event: 'step';
  readonly step: string;
  readonly take?: number;
  readonly state: StepView['state'];
  readonly scheduledAt?: string;
  readonly finishedAt?: string;
  readonly attempt?: number;
  readonly lastFailure?: StepFailure;
}

export interface ProgressChange extends ProgressView {
  readonly event: 'progress';
  readonly step: string;
  readonly take?: number;
  /** The progress before, for whoever does not tell all. */
  readonly before?: ProgressView;
}

export interface NoticeChange {
  readonly event: 'notice';
  readonly code: Notice['code'];
  readonly message: string;
}

/** What happened between two views, in the order of the steps. */
export function changes(before: RunView | undefined, view: RunView): Change[] {
  return [
    ...runChanges(before, view),
    ...view.steps.flatMap((row, index) => stepChanges(earlierRow(before, view.steps, index), row)),
    ...noticeChanges(before?.notice, view.notice),
  ];
}

function runChanges(before: RunView | undefined, view: RunView): RunChange[] {
  const { workflowId, runId, id, nodeName } = view;
  if (before?.runId === runId && before.id === id && before.nodeName === nodeName) return [];
  const known = {
    ...(id === undefined ? {} : { id }),
    ...(nodeName === undefined ? {} : { nodeName }),
  };
  return [{ event: 'run', workflowId, runId, ...known }];
}

function stepChanges(before: StepView | undefined, row: StepView): Change[] {
  if (row.state === 'waiting') return [];
  const { progress, ...rest } = row;
  const same = before?.state === row.state && (before.attempt ?? 1) === (row.attempt ?? 1);
  const step: Change[] = same ? [] : [{ event: 'step', ...rest }];
  if (progress === undefined || sameProgress(before?.progress, progress)) return step;
  const change: ProgressChange = {
    event: 'progress',
    step: row.step,
    ...(row.take === undefined ? {} : { take: row.take }),
    ...progress,
    ...(before?.progress === undefined ? {} : { before: before.progress }),
  };
  return [...step, change];
}

function sameProgress(before: ProgressView | undefined, now: ProgressView): boolean {
  return (
    before?.state === now.state &&
    before.bytesDone === now.bytesDone &&
    before.bytesTotal === now.bytesTotal
  );
}

function noticeChanges(before: Notice | undefined, now: Notice | undefined): NoticeChange[] {
  if (now === undefined) return [];
  // Another wait is told, another wording of the same trouble is not.
  const isSame =
    now.code === 'waiting' ? before?.message === now.message : before?.code === now.code;
  if (isSame) return [];
  return [{ event: 'notice', ...now }];
}
