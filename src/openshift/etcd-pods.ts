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

/**
 * Lists the static pods of etcd. Their image is on the node already, so a debug pod of the same image starts without a
 * registry, a proxy or a pull secret.
 */
export async function readEtcdPods(
  api: ClusterApi,
  signal: AbortSignal,
): Promise<readonly EtcdPod[]> {
  const collection = {
    group: '',
    version: 'v1',
    plural: 'pods',
    namespace: 'openshift-etcd',
    labelSelector: 'etcd=true',
  };
  const pods = await listParsed(api, collection, schema, signal);
  return pods.map(({ spec, status }) => {
    const written = spec.containers.find(({ name }) => name === 'etcd')?.image;
    const resolved = status.containerStatuses.find(({ name }) => name === 'etcd')?.imageID;
    return {
      nodeName: spec.nodeName,
      isReady:
        status.containerStatuses.length > 0 && status.containerStatuses.every(({ ready }) => ready),
      image: [written, resolved].find((image) => image?.includes('@sha256:')),
    };
  });
}
