import { z } from 'zod';

import { place } from '../place.ts';
import { waitFor } from '../wait-for.ts';
import type { Work } from '../work.ts';
import type { Api } from './api.ts';
import { revisions } from './static-pod.ts';

const withConditions = z.object({
  status: z.object({
    conditions: z.array(
      z.object({ type: z.string(), status: z.string(), message: z.string().optional() }),
    ),
  }),
});

/** Waits until the API server says it is ready. */
export async function apiReady(api: Api, { signal }: Work): Promise<void> {
  await waitFor({ what: 'API server ready', timeoutMs: 120_000, signal }, async () => {
    await api.get('/readyz');
  });
}

/** Waits until the kubelet has made the node's object. */
export async function nodeRegistered(api: Api, { signal }: Work): Promise<void> {
  await waitFor({ what: 'node registered', timeoutMs: 60_000, signal }, async () => {
    await api.get(`/api/v1/nodes/${place.nodeName}`);
  });
}

/** Waits until the node and each static pod are Ready, as the API shows them. */
export async function nodeAndPodsReady(api: Api, { signal }: Work): Promise<void> {
  const pods = Object.keys(revisions).map(
    (name) => `/api/v1/namespaces/openshift-${name}/pods/${name}-${place.nodeName}`,
  );
  await Promise.all(
    [`/api/v1/nodes/${place.nodeName}`, ...pods].map((path) =>
      waitFor({ what: `${path} Ready`, timeoutMs: 120_000, signal }, async () => {
        const { conditions } = withConditions.parse(await api.get(path)).status;
        const ready = conditions.find(({ type }) => type === 'Ready');
        return ready?.status === 'True'
          ? undefined
          : `Ready is ${ready?.status}: ${ready?.message ?? ''}`;
      }),
    ),
  );
}
