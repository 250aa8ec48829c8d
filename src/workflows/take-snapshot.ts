import { ActivityFailure } from '@temporalio/workflow';

import type {
  ClusterFacts,
  NodeCandidate,
  Run,
  RunContext,
  ScriptRun,
  TakeContext,
  TakenFiles,
  TakeRecord,
} from '../contracts/index.ts';
import { failure, failureDetails, failureType } from '../contracts/failures.ts';
import type { FailureType } from '../contracts/failures.ts';
import type { Board, Wait } from './board.ts';
import { removeTake } from './clean-up.ts';
import type { Reached } from './clean-up.ts';
import { nameSession, nameTake } from './name-run.ts';
import type { Guards, PassedGuards } from './pass-guards.ts';
import type { RunStep } from './step-runner.ts';

/** The take whose files become the backup, and the way to it. */
export interface TakenSnapshot extends TakenFiles {
  readonly context: TakeContext;
}

/** How a take ended that gave no files, and as which failure the run ends when no other take follows. */
interface EndedTake {
  readonly ended: Exclude<TakeRecord['ended'], 'succeeded'>;
  readonly type: FailureType;
  readonly observed: string;
  readonly nextStep?: string;
  /** The failure itself, where a step failed with one. */
  readonly error?: unknown;
}

type TakeEnd = Pick<TakenSnapshot, 'node' | 'script' | 'verified'> | EndedTake;

/** How often a take may end in each way before the run does. Every node is tried once. */
const most = { died: 3, retryLater: 12, keysChanged: 2 } as const;

const retryLaterMs = 5 * 60_000;

/**
 * Goes to a node and lets the vendor's script run, once per take, and verifies its files. A take that ends without files is
 * removed, and where it makes sense another one begins: on the same node when the script died or when the keys of etcd
 * encryption changed beneath it; on the next candidate when the node is unfit; after a wait, and after the guards passed
 * again, when the script asked for that. Exactly one take's files are returned.
 */
export async function takeSnapshot(
  runStep: RunStep,
  board: Board,
  guards: Guards,
  passed: PassedGuards,
  run: Run,
  reached: Reached,
): Promise<TakenSnapshot> {
  const takes: TakeRecord[] = [];
  const unfit: string[] = [];
  let { facts, policy } = passed;
  let candidates = [...facts.candidates];
  let candidate = nextCandidate(candidates);
  for (let number = 1; ; number += 1) {
    const taking = enterTake({ run, policy }, number, candidate);
    board.onNode(candidate.name);
    const take = await runTake(runStep, taking, facts, reached);
    const ended = 'ended' in take ? take.ended : 'succeeded';
    takes.push({ number, nodeName: candidate.name, ended });
    if (!('ended' in take)) {
      const reason = [candidate.reason, ...unfit].join('; ');
      return { ...take, context: taking, facts, candidate: { ...candidate, reason }, takes };
    }

    if (take.ended === 'unfit' || take.ended === 'otherNode') {
      unfit.push(`${candidate.name}: ${take.observed}`);
      if (candidates.length === 0) throw noFitNode(take, unfit);
      candidate = nextCandidate(candidates);
    } else if (takes.filter((each) => each.ended === take.ended).length === most[take.ended]) {
      throw lastOf(take, most[take.ended], candidate);
    }
    await removeTake(runStep, reached);

    if (take.ended === 'retryLater') {
      const again = await guards.passAfter(waitOf(take, facts), retryLaterMs);
      // The run keeps the policy that it began with; only a person's word since then changes it.
      policy = { ...policy, forceScript: again.policy.forceScript };
      facts = again.facts;
      candidates = facts.candidates.filter(({ name }) => !isGivenUp(takes, name));
      candidate = nextCandidate(candidates);
    }
  }
}

function isGivenUp(takes: readonly TakeRecord[], name: string): boolean {
  return takes.some(
    ({ nodeName, ended }) => nodeName === name && (ended === 'unfit' || ended === 'otherNode'),
  );
}

function nextCandidate(candidates: NodeCandidate[]): NodeCandidate {
  const candidate = candidates.shift();
  if (candidate !== undefined) return candidate;
  throw failure('NodeUnfit', { observed: 'the check of the cluster found no fit node' });
}

function enterTake(context: RunContext, number: number, candidate: NodeCandidate): TakeContext {
  const { run, policy } = context;
  const take = nameTake(run, policy, number, candidate.name);
  if (policy.access !== 'debugPod') return { ...context, take };
  const image = policy.image ?? candidate.etcdImage;
  if (image === undefined) {
    throw failure('ConfigInvalid', {
      observed: `no image for a debug pod on ${candidate.name}: its etcd pod tells none by digest`,
      nextStep: 'Set the image of the cluster in the configuration.',
    });
  }
  return { ...context, take, session: nameSession(run, policy, take, image) };
}

async function runTake(
  runStep: RunStep,
  taking: TakeContext,
  facts: ClusterFacts,
  reached: Reached,
): Promise<TakeEnd> {
  const { openshiftVersion, encryption, overrides, proxyEnabled } = facts;
  const { number: take, nodeName } = taking.take;
  const label = (summary: string): { take: number; summary: string } => ({ take, summary });
  const proxy = proxyEnabled === undefined ? "the node's own" : proxyEnabled ? 'on' : 'off';

  const { session } = taking;
  if (session !== undefined) reached.session = { ...taking, session };
  try {
    await runStep('startDebugSession', taking, label(nodeName));
    reached.files = taking;
    const asked = {
      overrides,
      ...(openshiftVersion === undefined ? {} : { openshiftVersion }),
      ...(encryption === undefined ? {} : { encryption }),
    };
    const node = await runStep('changeRoot', { ...taking, facts: asked }, label(nodeName));
    await runStep('exportEnvironment', taking, label(`proxy ${proxy}`));
    const running = label(`${nodeName} · ${node.script.path}`);
    const script = await runStep('runBackupScript', { ...taking, node }, running);
    if (script.outcome !== 'succeeded') return withoutFiles(script);

    const names = Object.values(script.fileNames).join(', ');
    const sizeBytes = node.databaseBytes;
    const verified = await runStep(
      'verifySnapshot',
      { ...taking, node, script },
      { ...label(`${nodeName} · ${names}`), sizeBytes },
    );
    if (verified.outcome === 'verified') return { node, script, verified };
    return {
      ended: 'keysChanged',
      type: 'VerificationFailed',
      observed: verified.observed,
      nextStep: 'Wait until the migration of etcd encryption has ended, then start again.',
    };
  } catch (error) {
    return unfitNode(error);
  }
}

function withoutFiles(script: Exclude<ScriptRun, { readonly outcome: 'succeeded' }>): EndedTake {
  const { observed } = script;
  if (script.outcome === 'died') return { ended: 'died', type: 'ScriptFailed', observed };
  const type = script.advice === 'otherNode' ? 'NodeUnfit' : 'ScriptFailed';
  return { ended: script.advice, type, observed };
}

const nodeFailures: ReadonlySet<FailureType> = new Set([
  'NodeUnfit',
  'NodeDiskFull',
  'ScriptMissing',
]);

/** A failure of one node, which another one may not have; any other is thrown on. */
function unfitNode(error: unknown): EndedTake {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  const type = failureType(cause);
  if (type === undefined || !nodeFailures.has(type)) throw error;
  const { observed } = failureDetails(cause);
  return { ended: 'unfit', type, observed, error };
}

function noFitNode({ type, error, observed }: EndedTake, unfit: readonly string[]): unknown {
  // With one node to try, its own failure says most.
  if (unfit.length === 1) return error ?? failure(type, { observed });
  return failure(type, { observed: ['no control plane node is fit', ...unfit] });
}

function lastOf(
  { ended, type, observed, nextStep }: EndedTake,
  times: number,
  { name }: NodeCandidate,
): Error {
  const what = {
    died: 'the script died without an exit code',
    retryLater: 'the script refused to run',
    keysChanged: 'the keys of etcd encryption changed while the snapshot was taken',
    unfit: 'the node was unfit',
    otherNode: 'the script refused this node',
  }[ended];
  return failure(type, {
    observed: `${what} in ${times} takes, the last time: ${observed}`,
    where: { node: name },
    ...(nextStep === undefined ? {} : { nextStep }),
  });
}

/** The lease is held meanwhile, and nothing of ours is on the cluster besides. */
function waitOf({ observed }: EndedTake, { guards }: ClusterFacts): Wait {
  return { reason: observed, until: new Date(Date.now() + retryLaterMs).toISOString(), guards };
}
