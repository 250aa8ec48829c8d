import { steps } from '../contracts/index.ts';
import type { Step } from '../contracts/index.ts';
import type { ProgressOnWire, StatusOnWire } from './wire-shapes.ts';

/** A step as Describe shows it while it is not done. */
export interface PendingStep {
  readonly step: string;
  readonly state: 'scheduled' | 'started' | 'paused';
  readonly scheduledAt?: string;
  readonly attempt: number;
  readonly lastFailure?: StepFailure;
  readonly progress?: ProgressOnWire;
  /** When the worker sent that progress, in milliseconds since 1970. */
  readonly progressAt?: number;
}

/** Why the last attempt of a step ended. */
export interface StepFailure {
  readonly type?: string;
  readonly message: string;
}

/** What one look at a run found. */
export interface Observation {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly workflowId: string;
  readonly runId: string;
  readonly open: boolean;
  readonly startedAt: string;
  readonly pending: readonly PendingStep[];
  /** Absent while no worker answers the query. */
  readonly status?: StatusOnWire;
  /** Work that no worker has picked up yet. */
  readonly unclaimed?: Unclaimed;
}

export interface Unclaimed {
  readonly kind: 'workflow' | 'activity';
  readonly taskQueue: string;
}

/** A run as it is shown to people and programs: plain data, made of what was observed and what was known before. */
export interface RunView {
  readonly workflowId: string;
  readonly runId: string;
  readonly open: boolean;
  readonly startedAt: string;
  /** The backup's id. */
  readonly id?: string;
  readonly nodeName?: string;
  readonly steps: readonly StepView[];
  readonly leftovers: StatusOnWire['leftovers'];
  readonly unclaimed?: Unclaimed & { readonly since: number };
  readonly notice?: Notice;
}

/** Something about the run's surroundings that a person can do something about. */
export interface Notice {
  readonly code: 'waiting' | 'noWorker' | 'temporalSilent';
  readonly message: string;
}

export interface StepView {
  readonly step: string;
  readonly take?: number;
  /** `ended`: it is over, and no worker answers how. */
  readonly state:
    'waiting' | 'running' | 'retrying' | 'paused' | 'completed' | 'failed' | 'cancelled' | 'ended';
  readonly scheduledAt?: string;
  readonly finishedAt?: string;
  readonly attempt?: number;
  readonly lastFailure?: StepFailure;
  readonly progress?: ProgressView;
}

export interface ProgressView extends Omit<ProgressOnWire, 'version'> {
  readonly at: number;
  /** From the last two heartbeats that differ. */
  readonly bytesPerSecond?: number;
}

/** The next view of a run: what was just observed, and from the view before it what one look cannot know. */
export function nextView(before: RunView | undefined, seen: Observation): RunView {
  const { workflowId, runId, open, startedAt, status, unclaimed } = seen;
  const rows = open ? [...rowsOf(seen), ...waiting(rowsOf(seen))] : rowsOf(seen);
  const sameWait = before?.unclaimed?.kind === unclaimed?.kind && before?.runId === runId;
  const since = sameWait ? (before?.unclaimed?.since ?? seen.at) : seen.at;
  return {
    workflowId,
    runId,
    open,
    startedAt,
    ...(status === undefined ? {} : { id: status.id }),
    ...(status?.nodeName === undefined ? {} : { nodeName: status.nodeName }),
    steps: rows.map((row, index) => withRate(row, earlierRow(before, rows, index))),
    leftovers: status?.leftovers ?? [],
    ...(unclaimed === undefined ? {} : { unclaimed: { ...unclaimed, since } }),
    ...(status?.wait === undefined ? {} : { notice: waitNotice(status.wait) }),
  };
}

function waitNotice({ reason, until }: NonNullable<StatusOnWire['wait']>): Notice {
  const message = `Waits until ${until} at the latest: ${reason}. \`etcd-backup recheck\` ends the wait.`;
  return { code: 'waiting', message };
}

function rowsOf(seen: Observation): StepView[] {
  const { status, pending, open } = seen;
  if (status === undefined) return guessed(pending);
  const rows = status.steps.map((row): StepView => {
    const { state, ...rest } = row;
    return { ...rest, state: state === 'scheduled' ? (open ? 'running' : 'ended') : state };
  });
  for (const one of pending) {
    const at = rows.findLastIndex(({ step, state }) => step === one.step && state === 'running');
    const row = rows[at];
    if (row !== undefined) rows[at] = { ...pendingRow(one), ...row, state: pendingRow(one).state };
    else if (!rows.some((done) => endedSince(done, one))) rows.push(pendingRow(one));
  }
  return rows;
}

/** The run's own answer can be younger than Describe's: what it has seen the end of is no longer pending. */
function endedSince(row: StepView, { step, scheduledAt }: PendingStep): boolean {
  if (row.step !== step || row.finishedAt === undefined || scheduledAt === undefined) return false;
  return Date.parse(row.finishedAt) >= Date.parse(scheduledAt);
}

/** Without an answer of the run itself, the order of the steps says which ones must be over. */
function guessed(pending: readonly PendingStep[]): StepView[] {
  const order = runbook(pending);
  const first = order.findIndex((step) => pending.some((one) => one.step === step));
  const over = order.slice(0, Math.max(0, first));
  return [...over.map((step): StepView => ({ step, state: 'ended' })), ...pending.map(pendingRow)];
}

function pendingRow(pending: PendingStep): StepView {
  const { step, state, attempt, scheduledAt, lastFailure, progress, progressAt } = pending;
  const resting = state === 'scheduled' && attempt > 1 ? 'retrying' : 'running';
  return {
    step,
    state: state === 'paused' ? 'paused' : resting,
    attempt,
    ...(scheduledAt === undefined ? {} : { scheduledAt }),
    ...(lastFailure === undefined ? {} : { lastFailure }),
    ...(progress === undefined ? {} : { progress: progressView(progress, progressAt ?? 0) }),
  };
}

function progressView(
  { version: _version, ...progress }: ProgressOnWire,
  at: number,
): ProgressView {
  return { ...progress, at };
}

function waiting(rows: readonly StepView[]): StepView[] {
  const order = runbook(rows);
  const last = order.findLastIndex((step) => rows.some((row) => row.step === step));
  return order.slice(last + 1).map((step) => ({ step, state: 'waiting' }));
}

/** What a run that takes a snapshot does, and one that resumes another does not. */
const taking: ReadonlySet<Step> = new Set([
  'changeRoot',
  'exportEnvironment',
  'runBackupScript',
  'verifySnapshot',
]);

/** The steps of a run in their order, as far as those that are seen tell which kind of run it is. */
function runbook(seen: readonly { readonly step: string }[]): readonly Step[] {
  const isResuming = seen.some(({ step }) => step === 'findKeptTake');
  return steps.filter((step) => (isResuming ? !taking.has(step) : step !== 'findKeptTake'));
}

/** The row of the view before that became the row at `index`: the one of the same step and the same turn of it. */
export function earlierRow(
  before: RunView | undefined,
  rows: readonly StepView[],
  index: number,
): StepView | undefined {
  const same = ({ step }: StepView): boolean => step === rows[index]?.step;
  const turn = rows.slice(0, index).filter(same).length;
  return before?.steps.filter(same)[turn];
}

function withRate(row: StepView, before: StepView | undefined): StepView {
  const { progress } = row;
  const earlier = before?.progress;
  if (progress?.bytesDone === undefined || earlier?.bytesDone === undefined) return row;
  const seconds = (progress.at - earlier.at) / 1000;
  const bytes = progress.bytesDone - earlier.bytesDone;
  const rate = seconds > 0 && bytes > 0 ? Math.round(bytes / seconds) : earlier.bytesPerSecond;
  return rate === undefined ? row : { ...row, progress: { ...progress, bytesPerSecond: rate } };
}
