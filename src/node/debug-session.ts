import { setTimeout as sleep } from 'node:timers/promises';

import { failure } from '../contracts/failures.ts';
import type { DebugSession } from '../contracts/run.ts';
import type { ClusterApi } from '../kubernetes/api.ts';
import { label, managedBy } from '../kubernetes/labels.ts';
import { pods, readPod } from '../kubernetes/pod.ts';
import type { Pod } from '../kubernetes/pod.ts';
import { checkSession, debugPod } from './debug-pod.ts';
import type { DebugPodOwner } from './debug-pod.ts';
import { podState } from './pod-state.ts';

/** How long a debug pod may take, in milliseconds. */
export interface DebugPodTiming {
  /** Until it runs, its image pulled when the node does not have it. */
  readonly startMs: number;
  /** Until its node confirms its end. */
  readonly endMs: number;
  /** Between two looks. */
  readonly pollMs: number;
}

/** What holds unless told otherwise. */
const debugPodTiming: DebugPodTiming = { startMs: 120_000, endMs: 120_000, pollMs: 500 };

/** What ensuring and ending a pod take besides. */
export interface DebugPodOptions {
  readonly signal: AbortSignal;
  readonly timing?: Partial<DebugPodTiming>;
}

/** A node that lets a pod end at once, for want of room, would do so for ever. */
const maxPods = 3;

/**
 * Makes sure that the session's pod runs: creates it, adopts its own, or replaces one that ended. Puts one privileged pod
 * on the node. Safe to repeat and to overlap itself.
 *
 * @throws `DebugPodRejected`, not retryable, when admission refuses the pod, or a pod of that name is not ours;
 * `NodeUnreachable`, retryable, when the node is not there or does not run it in time, with the kubelet's reason;
 * `ConfigInvalid`, not retryable, when the namespace is not there; and what {@link ClusterApi} throws
 */
export async function ensureDebugPod(
  api: ClusterApi,
  session: DebugSession,
  owner: DebugPodOwner,
  { signal, timing }: DebugPodOptions,
): Promise<void> {
  checkSession(session);
  const { startMs, pollMs } = { ...debugPodTiming, ...timing };
  const deadline = performance.now() + startMs;
  for (let created = 0; ; await pause(pollMs, signal)) {
    const pod = await readPod(api, podRef(session), signal);
    if (pod !== undefined) checkOwn(pod, session, owner);
    const state = pod === undefined ? absent : podState(pod);
    if (state.kind === 'running') return;
    const late = performance.now() > deadline;
    const futile = state.kind === 'stuck' || (state.kind === 'ended' && created === maxPods);
    if (late || futile) {
      throw failure('NodeUnreachable', {
        observed: `debug pod: ${state.reason}${late ? ` after ${startMs / 1000} seconds` : ''}, expected Running`,
        where: where(session),
      });
    }
    if (pod === undefined) {
      await createPod(api, session, owner, signal);
      created++;
    } else if (state.kind === 'ended') {
      await deletePod(api, session, pod, signal);
    }
  }
}

/**
 * Deletes the session's pod, when it is ours, and waits until its node confirms that it is gone. Leaves a pod that is not
 * ours alone. Safe to repeat.
 *
 * @throws `NodeUnreachable`, retryable, when the node does not confirm in time; and what {@link ClusterApi} throws
 */
export async function endDebugPod(
  api: ClusterApi,
  session: DebugSession,
  owner: DebugPodOwner,
  { signal, timing }: DebugPodOptions,
): Promise<void> {
  checkSession(session);
  const { endMs, pollMs } = { ...debugPodTiming, ...timing };
  const deadline = performance.now() + endMs;
  for (; ; await pause(pollMs, signal)) {
    const pod = await readPod(api, podRef(session), signal);
    if (pod === undefined || !isOf(pod, owner)) return;
    if (performance.now() > deadline) {
      throw failure('NodeUnreachable', {
        observed: `debug pod: still there ${endMs / 1000} seconds after its deletion, expected its node to end it`,
        where: where(session),
      });
    }
    await deletePod(api, session, pod, signal);
  }
}

const absent = { kind: 'absent', reason: 'absent' } as const;

function podRef({ namespace, podName }: DebugSession): { namespace: string; name: string } {
  return { namespace, name: podName };
}

function where({ namespace, podName, nodeName }: DebugSession): Record<string, string> {
  return { node: nodeName, pod: `${namespace}/${podName}` };
}

function isOf({ metadata: { labels } }: Pod, { run, take }: DebugPodOwner): boolean {
  return (
    labels?.[label.managedBy] === managedBy &&
    labels[label.run] === run &&
    labels[label.take] === String(take)
  );
}

function checkOwn(pod: Pod, session: DebugSession, owner: DebugPodOwner): void {
  if (isOf(pod, owner) && pod.spec.nodeName === session.nodeName) return;
  throw failure('DebugPodRejected', {
    observed: `debug pod: one of this name is not of run ${owner.run} on node ${session.nodeName}`,
    where: where(session),
    nextStep: 'Find out who made that pod; delete it when nobody needs it.',
  });
}

async function createPod(
  api: ClusterApi,
  session: DebugSession,
  owner: DebugPodOwner,
  signal: AbortSignal,
): Promise<void> {
  const node = { group: '', version: 'v1', plural: 'nodes', name: session.nodeName };
  if ((await api.readObject(node, signal)) === undefined) {
    throw failure('NodeUnreachable', {
      observed: 'debug pod: its node is not in the cluster, expected it there',
      where: where(session),
    });
  }
  const { namespace } = session;
  const created = await api.createObject({ ...pods, namespace }, debugPod(session, owner), signal);
  if (created.outcome === 'absent') {
    throw failure('ConfigInvalid', {
      observed: `debug pod: namespace ${namespace} is not there, expected it before the first backup`,
      nextStep: `Create namespace ${namespace}, labelled privileged, in the target cluster.`,
    });
  }
  if (created.outcome === 'rejected') {
    throw failure('DebugPodRejected', {
      observed: `debug pod: "${created.reason}", expected it admitted`,
      where: where(session),
    });
  }
}

async function deletePod(
  api: ClusterApi,
  session: DebugSession,
  pod: Pod,
  signal: AbortSignal,
): Promise<void> {
  const { uid, deletionTimestamp } = pod.metadata;
  if (deletionTimestamp != null) return;
  const deleted = await api.deleteObject({ ...pods, ...podRef(session) }, { uid }, signal);
  if (deleted.outcome !== 'rejected') return;
  throw failure('ClusterDenied', {
    observed: `debug pod: deletion rejected, "${deleted.reason}"`,
    where: where(session),
  });
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
  signal.throwIfAborted();
}
