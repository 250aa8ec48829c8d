import type { Leftover, TakeContext } from '../contracts/index.ts';
import { failureDetails } from '../contracts/failures.ts';
import { removeTakeDirectory } from '../script/remove-take-directory.ts';
import { stopScript } from '../script/stop-script.ts';
import { backupPrefix } from '../store/layout.ts';
import type { StepContext } from './step.ts';

/**
 * Removes what a take made: gives unfinished uploads up, stops the script and whatever it started, and removes the take's
 * directory. A store that does not answer is a leftover, so that it does not keep the files on the node.
 */
export async function removeFilesStep(
  input: TakeContext,
  { resolver, signal, report }: StepContext,
): Promise<{ readonly leftovers: readonly Leftover[] }> {
  const { run, policy, take } = input;
  const prefix = `${backupPrefix(run.cluster, run.id)}/`;
  const leftovers: Leftover[] = [];
  for (const name of new Set(Object.values(policy.stores))) {
    report(`giving up unfinished uploads in ${name}`);
    leftovers.push(...(await abortUploads(resolver, name, prefix, signal)));
  }
  report(`removing ${take.directory}`);
  const shell = await resolver.cluster(run.cluster).node.open(input, signal);
  await stopScript(shell, take, signal);
  await removeTakeDirectory(shell, take, signal);
  return { leftovers };
}

async function abortUploads(
  resolver: StepContext['resolver'],
  name: string,
  prefix: string,
  signal: AbortSignal,
): Promise<readonly Leftover[]> {
  try {
    const store = resolver.store(name);
    for (const upload of await store.listUploads(prefix, signal)) await store.abort(upload, signal);
    return [];
  } catch (error) {
    signal.throwIfAborted();
    const what = `unfinished upload (${failureDetails(error).observed})`;
    const nextStep = 'Remove it, or let the lifecycle rule of the store do so.';
    return [{ what, where: `${name}/${prefix}`, nextStep }];
  }
}
