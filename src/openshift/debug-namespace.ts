import { z } from 'zod';

import type { ClusterApi } from '../kubernetes/api.ts';
import { readParsed } from './read-parsed.ts';

/** The namespace of the debug pod, as far as it decides whether the pod may run there. */
export interface DebugNamespace {
  readonly name: string;
  readonly exists: boolean;
  /** It is being deleted: nothing can be made in it. */
  readonly isTerminating: boolean;
  /** The Pod Security level it enforces; `undefined` where it says none. */
  readonly enforces?: string;
  /** Whether OpenShift leaves the labels alone that say so. */
  readonly keepsLabels: boolean;
}

const schema = z.object({
  metadata: z.object({
    labels: z.record(z.string(), z.string()).default({}),
    deletionTimestamp: z.string().optional(),
  }),
});

/** @see https://kubernetes.io/docs/concepts/security/pod-security-admission/ */
const enforce = 'pod-security.kubernetes.io/enforce';

/** @see https://github.com/openshift/cluster-policy-controller/blob/release-4.16/pkg/psalabelsyncer/podsecurity_label_sync_controller.go */
const labelSync = 'security.openshift.io/scc.podSecurityLabelSync';

export async function readDebugNamespace(
  api: ClusterApi,
  name: string,
  signal: AbortSignal,
): Promise<DebugNamespace> {
  const ref = { group: '', version: 'v1', plural: 'namespaces', name };
  const metadata = (await readParsed(api, ref, schema, signal))?.metadata;
  const enforces = metadata?.labels[enforce];
  return {
    name,
    exists: metadata !== undefined,
    isTerminating: metadata?.deletionTimestamp !== undefined,
    ...(enforces === undefined ? {} : { enforces }),
    keepsLabels: metadata?.labels[labelSync] === 'false',
  };
}
