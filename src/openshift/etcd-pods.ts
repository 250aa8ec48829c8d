import { z } from 'zod';

import type { ClusterApi } from '../kubernetes/api.ts';
import { listParsed } from './read-parsed.ts';

/** An etcd member's static pod. */
export interface EtcdPod {
  readonly nodeName: string;
  readonly isReady: boolean;
  /** The image of its etcd container, by digest; `undefined` where the node does not tell one. */
  readonly image: string | undefined;
}

const schema = z.object({
  spec: z.object({
    nodeName: z.string().default(''),
    containers: z.array(z.object({ name: z.string(), image: z.string().default('') })),
  }),
  status: z
    .object({
      containerStatuses: z
        .array(z.object({ name: z.string(), ready: z.boolean(), imageID: z.string().default('') }))
        .default([]),
    })
    .default({ containerStatuses: [] }),
});

type StaticPod = z.infer<typeof schema>;

/** By release: since 4.4 the operator's label; before, when machine-config-operator made these pods, only the older one. */
const selectors = ['etcd=true', 'k8s-app=etcd'] as const;
const containers: ReadonlySet<string> = new Set(['etcd', 'etcd-member']);

/**
 * Lists the static pods of etcd. Their image is on the node already, so a debug pod of the same image starts without a
 * registry, a proxy or a pull secret.
 *
 * @see https://github.com/openshift/cluster-etcd-operator/blob/release-4.16/bindata/etcd/pod.yaml
 * @see https://github.com/openshift/machine-config-operator/blob/release-4.3/templates/master/00-master/_base/files/etc-kubernetes-manifests-etcd-member.yaml
 */
export async function readEtcdPods(
  api: ClusterApi,
  signal: AbortSignal,
): Promise<readonly EtcdPod[]> {
  for (const labelSelector of selectors) {
    const collection = { group: '', version: 'v1', plural: 'pods', namespace: 'openshift-etcd' };
    const pods = await listParsed(api, { ...collection, labelSelector }, schema, signal);
    if (pods.length > 0) return pods.map(etcdPod);
  }
  return [];
}

function etcdPod({ spec, status }: StaticPod): EtcdPod {
  const written = spec.containers.find(({ name }) => containers.has(name))?.image;
  const resolved = status.containerStatuses.find(({ name }) => containers.has(name))?.imageID;
  return {
    nodeName: spec.nodeName,
    isReady:
      status.containerStatuses.length > 0 && status.containerStatuses.every(({ ready }) => ready),
    image: [written, resolved].find((image) => image?.includes('@sha256:')),
  };
}
