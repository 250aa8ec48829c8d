import { z } from 'zod';

import type { ClusterApi } from '../kubernetes/api.ts';
import { readParsed } from './read-parsed.ts';

/** The namespace of the debug pod, as far as it decides whether the pod may run there. */
export interface DebugNamespace {
  readonly name: string;
  readonly exists: boolean;
  /** The Pod Security level it enforces; `undefined` where it says none. */
  readonly enforces?: string;
}

const schema = z.object({
  metadata: z.object({ labels: z.record(z.string(), z.string()).default({}) }),
});

/** @see https://kubernetes.io/docs/concepts/security/pod-security-admission/ */
const enforce = 'pod-security.kubernetes.io/enforce';

export async function readDebugNamespace(
  api: ClusterApi,
  name: string,
  signal: AbortSignal,
): Promise<DebugNamespace> {
  const ref = { group: '', version: 'v1', plural: 'namespaces', name };
  const namespace = await readParsed(api, ref, schema, signal);
  const enforces = namespace?.metadata.labels[enforce];
  return { name, exists: namespace !== undefined, ...(enforces === undefined ? {} : { enforces }) };
}
