import type { BackupPolicy, HeldLease, Run } from '../contracts/index.ts';
import { failure } from '../contracts/failures.ts';
import type { NodeShell } from '../node/node-shell.ts';
import { processState } from './process-state.ts';

/** How long a lock lives without renewal, in seconds of the node's clock. */
export const lockSeconds = 600;

/** Who asks for the lock of a node, and where it is. */
export interface NodeLockClaim {
  /** The run's name: the holder. */
  readonly run: Run['name'];
  /** The lock is `.lock` below it, beside the takes. */
  readonly backupDirectory: BackupPolicy['backupDirectory'];
}

/**
 * Takes the lock of a node, which stands in for the Lease where the cluster's API does not answer; renews it when it is ours.
 * One that expired is taken over, unless a script of another run is alive on the node, whoever holds the lock. Times are the
 * node's. Safe to repeat and to overlap itself.
 *
 * @throws `LeaseBusy`, retryable, naming the holder and how long its lock lasts, or the take whose script is alive;
 * `NodeDiskFull` or `NodeUnfit`, not retryable, where it cannot be written
 */
export async function acquireNodeLock(
  shell: NodeShell,
  claim: NodeLockClaim,
  signal: AbortSignal,
): Promise<HeldLease> {
  const { answer, holder, detail } = await ask(shell, claim, 'acquire', signal);
  if (answer === 'busy') throw busy(shell, claim, holder, detail);
  if (answer === 'alive') {
    throw failure('LeaseBusy', {
      observed: `lock on the node: the script of take ${detail} is still running, expected none of another run`,
      where: whereOf(shell, claim),
      nextStep: 'Wait for that script to end, or cancel its run.',
    });
  }
  const { node, lock } = whereOf(shell, claim);
  return { where: `${node}:${lock}`, holder: claim.run };
}

/**
 * Renews the lock for another ten minutes; one that is gone is made again. Safe to repeat.
 *
 * @throws `LeaseLost`, not retryable, naming the holder, when another run has taken it
 */
export async function renewNodeLock(
  shell: NodeShell,
  claim: NodeLockClaim,
  signal: AbortSignal,
): Promise<void> {
  const { answer, holder } = await ask(shell, claim, 'renew', signal);
  if (answer !== 'busy') return;
  throw failure('LeaseLost', {
    observed: `lock on the node: held by run ${holder}, expected ${claim.run}`,
    where: whereOf(shell, claim),
  });
}

/**
 * Refuses while a run that could not ask the API holds the lock of this node: the Lease says nothing of it. Changes nothing.
 *
 * @throws `LeaseBusy`, retryable, naming the holder and how long its lock lasts
 */
export async function refuseNodeLock(
  shell: NodeShell,
  claim: NodeLockClaim,
  signal: AbortSignal,
): Promise<void> {
  const { answer, holder, detail } = await ask(shell, claim, 'look', signal);
  if (answer === 'busy') throw busy(shell, claim, holder, detail);
}

/** Removes the lock when it is ours, and otherwise leaves it alone. Safe to repeat. */
export async function releaseNodeLock(
  shell: NodeShell,
  claim: NodeLockClaim,
  signal: AbortSignal,
): Promise<void> {
  await ask(shell, claim, 'release', signal);
}

function busy(shell: NodeShell, claim: NodeLockClaim, holder: string, seconds: string): Error {
  return failure('LeaseBusy', {
    observed: `lock on the node: held by run ${holder} for ${seconds} seconds more unless renewed, expected it free`,
    where: whereOf(shell, claim),
  });
}

interface LockAnswer {
  readonly answer: 'held' | 'busy' | 'alive' | 'free';
  readonly holder: string;
  readonly detail: string;
}

async function ask(
  shell: NodeShell,
  claim: NodeLockClaim,
  verb: 'acquire' | 'renew' | 'look' | 'release',
  signal: AbortSignal,
): Promise<LockAnswer> {
  const argv = ['sh', '-c', program, 'sh', verb, claim.backupDirectory, claim.run];
  const { exitCode, stdout, stderr } = await shell.run(argv, { signal });
  const [, answer, holder = '', detail = ''] =
    /^(held|busy|alive|free) ?(\S*) ?(\S*)\n$/.exec(stdout.toString('utf8')) ?? [];
  if (exitCode === 0 && isAnswer(answer)) return { answer, holder, detail };
  if (exitCode === locked) {
    throw failure('LeaseBusy', {
      observed: 'lock on the node: another one is looking at it for 20 seconds, expected it free',
      where: whereOf(shell, claim),
    });
  }
  const full = /no space left|quota exceeded/i.test(stderr);
  throw failure(full ? 'NodeDiskFull' : 'NodeUnfit', {
    observed: `lock on the node: ${stderr.split('\n')[0] || 'no answer'}, expected it written`,
    where: whereOf(shell, claim),
  });
}

/** What the program exits with when it cannot have the lock's directory to itself. */
const locked = 75;

function isAnswer(word: string | undefined): word is LockAnswer['answer'] {
  return word === 'held' || word === 'busy' || word === 'alive' || word === 'free';
}

function whereOf(
  { nodeName }: NodeShell,
  { backupDirectory }: NodeLockClaim,
): { readonly node: string; readonly lock: string } {
  return { node: nodeName, lock: `${backupDirectory}/.lock` };
}

// flock makes one look and its consequence one; what stands in the lock is what survives a worker and a reboot. A clock that
// was set back leaves a time to come, which nobody renews.
const program = `
verb=$1 run=$3
[ "$verb" != look ] || [ -d "$2/.lock" ] || { echo free; exit 0; }
mkdir -p "$2" && cd "$2" || exit 1
exec 9< . || exit 1
flock -w 20 9 || exit ${locked}
${processState}
holder=
[ -f .lock/holder ] && read -r holder < .lock/holder
if [ "$verb" = release ]; then
  [ "$holder" = "$run" ] && { rm -rf .lock || exit 1; }
  echo free
  exit 0
fi
if [ -n "$holder" ] && [ "$holder" != "$run" ]; then
  age=$(($(date +%s) - $(stat -c %Y .lock/holder)))
  if [ "$verb" = renew ] || { [ "$age" -lt ${lockSeconds} ] && [ "$age" -gt -${lockSeconds} ]; }; then
    echo "busy $holder $((${lockSeconds} - age))"
    exit 0
  fi
fi
[ "$verb" = look ] && { echo free; exit 0; }
if [ "$verb" = acquire ] && [ "$holder" != "$run" ]; then
  for take in *-*; do
    case "$take" in "$run"-*) continue ;; esac
    [ -f "$take/script/process" ] || continue
    (cd "$take" && alive) && { echo "alive \${holder:--} $take"; exit 0; }
  done
fi
mkdir -p .lock && echo "$run" > .lock/holder.new && mv -f .lock/holder.new .lock/holder || exit 1
echo "held $run"
`;
