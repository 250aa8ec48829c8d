import { z } from 'zod';

import type { ClusterApi } from './api.ts';
import { label, managedBy } from './labels.ts';
import { parseObject } from './parse-object.ts';
import type { ObjectRef } from './resource.ts';

/** The collection of a namespace's pods. */
export const pods = { group: '', version: 'v1', plural: 'pods' } as const;

const containerStatusSchema = z.object({
  state: z
    .object({
      waiting: z.object({ reason: z.string().optional() }).optional(),
      running: z.object({}).optional(),
      terminated: z.object({ reason: z.string().optional() }).optional(),
    })
    .optional(),
  ready: z.boolean().optional(),
});

const podSchema = z.object({
  metadata: z.object({
    name: z.string(),
    uid: z.string(),
    deletionTimestamp: z.string().nullish(),
    labels: z.record(z.string(), z.string()).nullish(),
  }),
  spec: z.object({ nodeName: z.string().optional() }),
  status: z
    .object({
      phase: z.string().optional(),
      reason: z.string().optional(),
      containerStatuses: z.array(containerStatusSchema).nullish(),
    })
    .default({}),
});

/** What we read of a pod. */
export type Pod = z.infer<typeof podSchema>;

/** The pod, or `undefined`. Reads only; fails as {@link ClusterApi} does. */
export async function readPod(
  api: ClusterApi,
  { namespace, name }: Pick<Required<ObjectRef>, 'namespace' | 'name'>,
  signal: AbortSignal,
): Promise<Pod | undefined> {
  const object = await api.readObject({ ...pods, namespace, name }, signal);
  return object === undefined ? undefined : parseObject(podSchema, object, `pod ${name}`);
}

/** A pod of the run in which something may still run, by name. Reads only; fails as {@link ClusterApi} does. */
export async function livePodOf(
  api: ClusterApi,
  { namespace, run }: { readonly namespace: string; readonly run: string },
  signal: AbortSignal,
): Promise<string | undefined> {
  // Selected by ourselves: a holder that another program wrote need not be a valid label.
  const found = await listOwnPods(api, namespace, signal);
  return found.find((pod) => pod.metadata.labels?.[label.run] === run && !hasEnded(pod))?.metadata
    .name;
}

/** Our pods of all runs in the namespace. Reads only; fails as {@link ClusterApi} does. */
export async function listOwnPods(
  api: ClusterApi,
  namespace: string,
  signal: AbortSignal,
): Promise<readonly Pod[]> {
  const labelSelector = `${label.managedBy}=${managedBy}`;
  const found = await api.listObjects({ ...pods, namespace, labelSelector }, signal);
  return found.map((object) => parseObject(podSchema, object, 'pod'));
}

/**
 * Whether nothing of the pod runs any more. The phase alone does not say so: a pod past its deadline is `Failed` while its
 * containers still end.
 */
export function hasEnded({ status }: Pod): boolean {
  if (status.phase !== 'Succeeded' && status.phase !== 'Failed') return false;
  return (status.containerStatuses ?? []).every(({ state }) => state?.running === undefined);
}
