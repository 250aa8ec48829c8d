import type { NodeFacts, ScriptRun, TakeContext } from '../contracts/index.ts';
import type { NodeShell } from '../node/node-shell.ts';
import { followScript } from '../script/follow-script.ts';
import { stopScript } from '../script/stop-script.ts';
import type { StepContext } from './step.ts';

/**
 * Starts the vendor's script detached on the node, once per take, and follows it to its end. A repeated or overlapping attempt
 * follows the same script. Only a cancelled run stops it; whatever else ends this attempt leaves it running.
 */
export async function runBackupScriptStep(
  input: TakeContext & { readonly node: NodeFacts },
  { resolver, signal, report, cancelRequested }: StepContext,
): Promise<ScriptRun> {
  const { node } = resolver.cluster(input.run.cluster);
  // Opened anew for every look: a pod that was deleted or reached its deadline is made again.
  const open = async (): Promise<NodeShell> => await node.open(input, signal);
  try {
    return await followScript(open, input, { signal, report });
  } catch (error) {
    if (signal.aborted && cancelRequested()) await stop(input, node);
    throw error;
  }
}

const stopMs = 20_000;

/** Stops the script right away; should that fail, `removeFiles` does it again and says so. */
async function stop(
  input: TakeContext,
  node: ReturnType<StepContext['resolver']['cluster']>['node'],
): Promise<void> {
  const signal = AbortSignal.timeout(stopMs);
  try {
    await stopScript(await node.open(input, signal), input.take, signal);
  } catch {}
}
