import type {
  ClusterFacts,
  NodeFacts,
  RunContext,
  ScriptRun,
  TakeContext,
} from '../contracts/index.ts';
import { failure } from '../contracts/failures.ts';
import { removeTake } from './clean-up.ts';
import type { Reached } from './clean-up.ts';
import { nameSession, nameTake } from './name-run.ts';
import type { RunStep } from './step-runner.ts';

/** A take whose script succeeded: where it is, and what it said. */
export interface TakenSnapshot {
  readonly context: TakeContext;
  readonly node: NodeFacts;
  readonly script: Extract<ScriptRun, { readonly outcome: 'succeeded' }>;
  readonly takes: readonly { readonly number: number; readonly nodeName: string }[];
}

const maximumTakes = 3;

/**
 * Goes to the node and lets the vendor's script run, once per take. A take whose script died without an exit code is removed
 * and another one begun, at most three in all.
 */
export async function takeSnapshot(
  runStep: RunStep,
  context: RunContext,
  facts: ClusterFacts,
  reached: Reached,
): Promise<TakenSnapshot> {
  const takes: { number: number; nodeName: string }[] = [];
  for (let number = 1; ; number += 1) {
    const take = nameTake(context.run, context.policy, number, facts.node.name);
    const image = context.policy.image ?? facts.etcdImage;
    const session = nameSession(context.run, context.policy, take, image);
    const taking: TakeContext = { ...context, take, session };
    takes.push({ number, nodeName: take.nodeName });

    const { node, script } = await runTake(runStep, taking, facts, reached);
    if (script.outcome === 'succeeded') return { context: taking, node, script, takes };
    if (number === maximumTakes) {
      throw failure('ScriptFailed', {
        observed: `the script died without an exit code in ${number} takes, the last time: ${script.observed}`,
        where: { node: take.nodeName },
      });
    }
    await removeTake(runStep, reached);
    delete reached.files;
    delete reached.session;
  }
}

async function runTake(
  runStep: RunStep,
  taking: TakeContext,
  facts: ClusterFacts,
  reached: Reached,
): Promise<{ readonly node: NodeFacts; readonly script: ScriptRun }> {
  const { openshiftVersion } = facts;
  const { number: take, nodeName } = taking.take;
  const label = (summary: string): { take: number; summary: string } => ({ take, summary });

  reached.session = taking;
  await runStep('startDebugSession', taking, label(nodeName));
  reached.files = taking;
  const node = await runStep('changeRoot', { ...taking, openshiftVersion }, label(nodeName));
  await runStep('exportEnvironment', taking, label(`proxy ${facts.proxyEnabled ? 'on' : 'off'}`));
  const script = await runStep(
    'runBackupScript',
    { ...taking, node },
    label(`${nodeName} · ${node.script.path}`),
  );
  return { node, script };
}
