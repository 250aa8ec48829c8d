import { z } from 'zod';

import type { ClusterApi } from '../kubernetes/api.ts';

const schema = z.object({
  status: z.object({
    addresses: z.array(z.object({ type: z.string(), address: z.string() })).default([]),
  }),
});

const waitMs = 5_000;

/**
 * A node's internal address; `undefined` where the API does not answer within 5 seconds, does not allow it, or has none:
 * then its name must do. Reads only.
 */
export async function nodeAddress(
  api: ClusterApi,
  nodeName: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const ref = { group: '', version: 'v1', plural: 'nodes', name: nodeName };
  try {
    const node = await api.readObject(ref, AbortSignal.any([signal, AbortSignal.timeout(waitMs)]));
    const addresses = schema.safeParse(node).data?.status.addresses;
    return addresses?.find(({ type }) => type === 'InternalIP')?.address;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}
