import { z } from 'zod';

import type { Condition, ObjectMeta } from './cluster-objects.ts';

const strings = z.record(z.string(), z.string());

const container = z.looseObject({
  name: z.string().min(1),
  image: z.string().min(1),
  command: z.array(z.string()).optional(),
  args: z.array(z.string()).optional(),
  env: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })).optional(),
  securityContext: z.looseObject({ privileged: z.boolean().optional() }).optional(),
  volumeMounts: z.array(z.looseObject({ name: z.string(), mountPath: z.string() })).optional(),
});

const volume = z.looseObject({
  name: z.string().min(1),
  hostPath: z.looseObject({ path: z.string(), type: z.string().optional() }).optional(),
});

const spec = z.looseObject({
  nodeName: z.string().optional(),
  hostPID: z.boolean().optional(),
  activeDeadlineSeconds: z.int().min(1).optional(),
  terminationGracePeriodSeconds: z.int().min(0).optional(),
  containers: z.array(container).min(1),
  volumes: z.array(volume).optional(),
});

/** What a client sends to create a pod; fields without a meaning here are kept as they are. */
export const podBody = z.looseObject({
  metadata: z.looseObject({
    name: z.string().optional(),
    generateName: z.string().optional(),
    namespace: z.string().optional(),
    labels: strings.optional(),
    annotations: strings.optional(),
  }),
  spec,
});

export type PodBody = z.infer<typeof podBody>;
export type PodSpec = z.infer<typeof spec>;

/** The state of a container, as the kubelet reports it. */
export type ContainerState =
  | { waiting: { reason: string; message?: string } }
  | { running: { startedAt: string } }
  | {
      terminated: { exitCode: number; reason: string; startedAt: string; finishedAt: string };
    };

export interface ContainerStatus {
  name: string;
  image: string;
  imageID: string;
  containerID?: string;
  ready: boolean;
  started: boolean;
  restartCount: number;
  state: ContainerState;
  lastState: object;
}

export interface PodStatus {
  phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
  reason?: string;
  message?: string;
  hostIP?: string;
  podIP?: string;
  qosClass: string;
  startTime?: string;
  conditions: Condition[];
  containerStatuses?: ContainerStatus[];
}

export interface Pod {
  apiVersion: 'v1';
  kind: 'Pod';
  metadata: ObjectMeta;
  spec: PodSpec;
  status: PodStatus;
}
