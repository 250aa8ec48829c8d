import { z } from 'zod';

import type { ClusterApi } from '../kubernetes/api.ts';
import { isAtLeast } from './is-at-least.ts';
import { listParsed } from './read-parsed.ts';

const schema = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({ signerName: z.string().default(''), username: z.string().default('') }),
  status: z.object({ conditions: z.array(z.object({ type: z.string() })).default([]) }).default({
    conditions: [],
  }),
});

const nodeSigners: ReadonlySet<string> = new Set([
  'kubernetes.io/kubelet-serving',
  'kubernetes.io/kube-apiserver-client-kubelet',
]);

/**
 * The names of the certificate requests of nodes that nobody has approved or denied. OpenShift before 4.6 has an older version
 * of the API only; a version that is not known counts as a newer one.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#kubernetes-signers
 */
export async function readPendingNodeRequests(
  api: ClusterApi,
  openshiftVersion: string | undefined,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const isOld = openshiftVersion !== undefined && !isAtLeast(openshiftVersion, '4.6');
  const collection = {
    group: 'certificates.k8s.io',
    version: isOld ? 'v1beta1' : 'v1',
    plural: 'certificatesigningrequests',
  };
  const requests = await listParsed(api, collection, schema, signal);
  return requests
    .filter(({ status }) => status.conditions.length === 0)
    .filter(({ spec }) => nodeSigners.has(spec.signerName) || isOldNodeRequest(spec))
    .map(({ metadata }) => metadata.name)
    .sort();
}

// Requests before Kubernetes 1.18 name no signer, only who asks: a node, or the machine that will be one.
function isOldNodeRequest({ signerName, username }: z.infer<typeof schema>['spec']): boolean {
  return (
    signerName === '' &&
    (username.startsWith('system:node:') || username.endsWith(':node-bootstrapper'))
  );
}
