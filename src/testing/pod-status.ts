import { randomBytes } from 'node:crypto';

import type { Condition } from './cluster-objects.ts';
import { kubeTime } from './object-meta.ts';
import type { ContainerState, Pod, PodStatus } from './pod-schema.ts';

/** Why a pod ends before its command does. */
export type PodEnd = 'Evicted' | 'DeadlineExceeded' | 'OOMKilled' | 'Terminated';

const endMessages: Partial<Record<PodEnd, string>> = {
  Evicted: 'The node was low on resource: ephemeral-storage. ',
  DeadlineExceeded: 'Pod was active on the node longer than the specified deadline',
  Terminated: 'Pod was terminated in response to imminent node shutdown.',
};

/** A pod that was accepted, and bound when it names a node. */
export function pendingStatus(nodeName: string | undefined): PodStatus {
  return {
    phase: 'Pending',
    qosClass: 'BestEffort',
    conditions: nodeName === undefined ? [] : [condition('PodScheduled', 'True')],
  };
}

/** A pod whose container waits, as `ContainerCreating` or `ImagePullBackOff`. */
export function waitingStatus(pod: Pod, reason: string, message?: string): PodStatus {
  const state = { waiting: { reason, ...(message !== undefined && { message }) } };
  return status(pod, 'Pending', state, false);
}

/** A pod whose container runs since now. */
export function runningStatus(pod: Pod): PodStatus {
  return status(pod, 'Running', { running: { startedAt: kubeTime(new Date()) } }, true);
}

/** A pod whose container ended with this code, by itself or because of `end`. */
export function endedStatus(pod: Pod, exitCode: number, end?: PodEnd): PodStatus {
  const finishedAt = kubeTime(new Date());
  const reason = end === 'OOMKilled' ? end : exitCode === 0 ? 'Completed' : 'Error';
  const startedAt = pod.status.startTime ?? finishedAt;
  const phase = exitCode === 0 && end === undefined ? 'Succeeded' : 'Failed';
  const message = end && endMessages[end];
  return {
    ...status(pod, phase, { terminated: { exitCode, reason, startedAt, finishedAt } }, false),
    ...(end !== undefined && end !== 'OOMKilled' && { reason: end }),
    ...(message !== undefined && { message }),
  };
}

function status(
  pod: Pod,
  phase: PodStatus['phase'],
  state: ContainerState,
  ready: boolean,
): PodStatus {
  const isReady = ready ? 'True' : 'False';
  const startTime = pod.status.startTime ?? kubeTime(new Date());
  const started = 'waiting' in state ? {} : { containerID: containerId(pod) };
  return {
    phase,
    qosClass: pod.status.qosClass,
    startTime,
    conditions: [
      condition('Initialized', 'True'),
      condition('Ready', isReady),
      condition('ContainersReady', isReady),
      condition('PodScheduled', 'True'),
    ],
    containerStatuses: pod.spec.containers.map(({ name, image }) => ({
      name,
      image,
      imageID: 'waiting' in state ? '' : image,
      ...started,
      ready,
      started: ready,
      restartCount: 0,
      state,
      lastState: {},
    })),
  };
}

function containerId(pod: Pod): string {
  const known = pod.status.containerStatuses?.[0]?.containerID;
  return known ?? `cri-o://${randomBytes(32).toString('hex')}`;
}

function condition(type: string, status: Condition['status']): Condition {
  return { type, status, lastTransitionTime: kubeTime(new Date()) };
}
