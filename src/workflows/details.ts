import type { RunStatus, Step, StepStatus } from '../contracts/index.ts';

/** What a run that has ended without a backup says last. */
export interface LastWords {
  /** What ended it, where something did. */
  readonly failed?: string;
  readonly next: string;
}

/**
 * The run as a Markdown table for the Temporal UI: each step's state, when it was scheduled, how long it took; then what an
 * operator can do now. At most 20,000 bytes there, of which it takes two.
 */
export function renderDetails(status: RunStatus, last?: LastWords): string {
  const where = status.nodeName === undefined ? '' : ` on \`${status.nodeName}\``;
  const rows = status.steps.map(
    (row) =>
      `| ${marks[row.state]} ${title(row)} | ${gap}${words[row.state]} | ${gap}${time(row.scheduledAt)} | ${gap}${duration(row)} |`,
  );
  return [
    `**etcd backup of ${status.cluster}**${where}: ${status.wait === undefined ? outcomes[status.outcome] : 'waiting'}`,
    '',
    `| step | ${gap}state | ${gap}scheduled (UTC) | ${gap}took |`,
    '| :-- | :-- | :-- | :-- |',
    ...rows,
    '',
    ...waitLines(status.wait),
    ...(last?.failed === undefined ? [] : [`**Failed:** ${withOptions(last.failed)}`, '']),
    ...status.leftovers.map(
      (left) =>
        `- left behind: ${withOptions(left.what)} at \`${left.where}\`. ${withOptions(left.nextStep)}`,
    ),
    // Without an empty line what follows belongs to the last item of the list.
    ...(status.leftovers.length === 0 ? [] : ['']),
    `**You can:** ${last === undefined ? advice(status) : withOptions(last.next)}`,
  ].join('\n');
}

// The UI sets cells without any space between them; an em space is not trimmed as other spaces are.
const gap = '\u2003';

const marks = { scheduled: '▶', completed: '✓', failed: '✗', cancelled: '■' };
const words = { scheduled: 'running', completed: 'done', failed: 'failed', cancelled: 'cancelled' };
const outcomes = {
  running: 'running',
  completed: 'completed',
  completedWithLeftovers: 'completed, something was left behind',
  failed: 'failed',
  cancelled: 'cancelled',
};

function title(row: StepStatus): string {
  return row.take === undefined || row.take === 1 ? row.step : `${row.step} (take ${row.take})`;
}

function time(iso: string): string {
  return iso.slice(11, 19);
}

function duration({ scheduledAt, finishedAt }: StepStatus): string {
  if (finishedAt === undefined) return '';
  const seconds = (Date.parse(finishedAt) - Date.parse(scheduledAt)) / 1000;
  return seconds < 90 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds / 60)} min`;
}

/** What an operator can do while each step runs. */
const whileRunning: Record<Step, string> = {
  checkCluster: 'cancel; nothing was created on the cluster yet.',
  acquireLease: 'wait: another run may hold the lease, the pending activity names it; or cancel.',
  startDebugSession:
    'cancel; the pod is removed. If it stays here, look at the pending activity for the reason.',
  findKeptTake: 'cancel; the kept files stay where they are.',
  changeRoot: 'cancel; pod and directory are removed.',
  exportEnvironment: 'cancel; pod and directory are removed.',
  runBackupScript:
    'cancel; the script is stopped and its files are removed. A killed worker does no harm: the next one follows the same script.',
  verifySnapshot: 'cancel; nothing has left the node yet.',
  uploadSnapshot: 'cancel, or mend the store: uploading goes on by itself, part by part.',
  uploadStaticKubeResources:
    'cancel, or mend the store: uploading goes on by itself, part by part.',
  verifyStored: 'cancel; without a manifest the stored files are no backup.',
  commitBackup: 'wait: the manifest is being written.',
  removeFiles: 'wait. Do not terminate: that would leave files on the node.',
  endDebugSession: 'wait. Do not terminate: that would leave a privileged pod until its deadline.',
  releaseLease: 'wait; the lease would expire by itself in ten minutes.',
};

const longestReason = 1000;

/** Text of a failure, not too long of it; the UI makes a dash of the two minuses of an option that is not code. */
function withOptions(text: string): string {
  const some = text.slice(0, longestReason);
  return some.includes('`') ? some : some.replaceAll(/(?<!\S)--[a-z][a-z-]*/g, '`$&`');
}

function waitLines(wait: RunStatus['wait']): readonly string[] {
  if (wait === undefined) return [];
  const reason = wait.reason.slice(0, longestReason);
  return [`**Waits until ${wait.until}** at the latest: ${reason}`, ''];
}

function advice(status: RunStatus): string {
  if (status.wait !== undefined) return whileWaiting(status.cluster);
  if (status.outcome !== 'running') return 'read the result; nothing is left to do.';
  const running = status.steps.findLast((row) => row.state === 'scheduled');
  return running === undefined ? 'wait for the next step.' : whileRunning[running.step];
}

function whileWaiting(cluster: string): string {
  return [
    `wait, cancel, or end the wait with \`etcd-backup recheck ${cluster} --reason "…"\` (the update \`recheck\`);`,
    'with `--override <guard>="<reason>"` a guard that waits lets the backup begin now.',
  ].join(' ');
}
