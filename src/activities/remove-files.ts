import { storesOf } from '../contracts/index.ts';
import type {
  BackupActivities,
  BackupPolicy,
  Leftover,
  Run,
  TakeContext,
} from '../contracts/index.ts';
import { failureDetails } from '../contracts/failures.ts';
import { keepTakeDirectory } from '../script/keep-take-directory.ts';
import { removeTakeDirectory } from '../script/remove-take-directory.ts';
import { stopScript } from '../script/stop-script.ts';
import { backupPrefix, failedKey, manifestKey } from '../store/layout.ts';
import { takeLockOf } from './mutex.ts';
import type { StepContext } from './step.ts';

/**
 * Removes what a take made: gives unfinished uploads up, stops the script and whatever it started, and removes the take's
 * directory. Files that are stored whole without a manifest are leftovers; so is a store that does not answer, which must not keep
 * the files on the node. With `keep` it stops the script and marks the directory to stay, for a later run that resumes the uploads;
 * those stay as well. With `uploadsIn` it does nothing but look after the stores there, which have a task queue of their own. Gives
 * the lock of the node back last, where the run held one beside its Lease; one that stays expires.
 */
export async function removeFilesStep(
  input: Parameters<BackupActivities['removeFiles']>[0],
  { resolver, signal, report }: StepContext,
): Promise<{ readonly leftovers: readonly Leftover[] }> {
  const { run, policy, take, keep, kept, uploadsIn } = input;
  const leftovers: Leftover[] = [];
  for (const name of keep === true ? [] : (uploadsIn ?? reachable(policy))) {
    report(`giving up unfinished uploads in ${name}`);
    leftovers.push(...(await leaveStore(resolver, name, run, signal)));
  }
  if (uploadsIn !== undefined) return { leftovers };
  report(`${keep === true ? 'keeping' : 'removing'} ${take.directory}`);
  const shell = await resolver.cluster(run.cluster).node.open(input, signal);
  await stopScript(shell, take, signal);
  if (keep === true) await keepTakeDirectory(shell, take, kept, signal);
  else await removeTakeDirectory(shell, take, signal);
  leftovers.push(...(await releaseLock(input, resolver, signal)));
  return { leftovers };
}

/** The stores that the run's own workers may write to. */
function reachable(policy: BackupPolicy): readonly string[] {
  return storesOf(policy).filter((name) => policy.storePolicies?.[name]?.taskQueue === undefined);
}

async function releaseLock(
  input: TakeContext,
  resolver: StepContext['resolver'],
  signal: AbortSignal,
): Promise<readonly Leftover[]> {
  try {
    await takeLockOf(input, resolver)?.release(signal);
    return [];
  } catch (error) {
    signal.throwIfAborted();
    const what = `lock on the node (${failureDetails(error).observed})`;
    const where = `${input.take.nodeName}:${input.policy.backupDirectory}/.lock`;
    return [{ what, where, nextStep: 'Nothing: it expires by itself within ten minutes.' }];
  }
}

/** Gives up what is unfinished, and tells of what is whole and yet no backup: a copy of etcd that a run has no right to delete. */
async function leaveStore(
  resolver: StepContext['resolver'],
  name: string,
  { cluster, id }: Run,
  signal: AbortSignal,
): Promise<readonly Leftover[]> {
  const folder = `${backupPrefix(cluster, id)}/`;
  try {
    const store = resolver.store(name);
    for (const upload of await store.listUploads(folder, signal)) await store.abort(upload, signal);
    const keys = (await store.list(folder, signal)).map(({ key }) => key);
    const records = [manifestKey(cluster, id), failedKey(cluster, id)];
    if (records.some((record) => keys.includes(record))) return [];
    const nextStep = `It is no backup: delete it with rights that backups do not have, or let the lifecycle rule of the store do so. etcd-backup list ${cluster} --all shows it until then.`;
    return keys.map((key) => ({
      what: 'stored file without a manifest',
      where: `${name}/${key}`,
      nextStep,
    }));
  } catch (error) {
    signal.throwIfAborted();
    const what = `unfinished upload, or file without a manifest (${failureDetails(error).observed})`;
    const nextStep = 'Remove it, or let the lifecycle rule of the store do so.';
    return [{ what, where: `${name}/${folder}`, nextStep }];
  }
}
