import { z } from 'zod';

import type { Permission } from '../contracts/index.ts';
import { failure } from '../contracts/failures.ts';
import type { ClusterApi } from '../kubernetes/api.ts';
import { parseObject } from '../kubernetes/parse-object.ts';

const reviews = {
  group: 'authorization.k8s.io',
  version: 'v1',
  plural: 'selfsubjectaccessreviews',
} as const;

const answerSchema = z.object({ status: z.object({ allowed: z.boolean() }) });

/** Questions under way at a time: a check must not keep others from the API server. */
const lanes = 8;

/**
 * Those of the permissions that the worker's credentials lack, in their order. Asks the cluster's own authoriser by
 * SelfSubjectAccessReviews, which are answered and never stored: nothing is created. Safe to repeat.
 *
 * @throws what {@link ClusterApi} throws: `ClusterDenied` where even the question is refused
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access
 */
export async function missingPermissions<P extends Permission>(
  api: ClusterApi,
  permissions: readonly P[],
  signal: AbortSignal,
): Promise<readonly P[]> {
  const queue = permissions.values();
  const missing = new Set<P>();
  const ask = async (): Promise<void> => {
    for (const permission of queue) {
      if (!(await isAllowed(api, permission, signal))) missing.add(permission);
    }
  };
  await Promise.all(Array.from({ length: lanes }, ask));
  return permissions.filter((permission) => missing.has(permission));
}

async function isAllowed(
  api: ClusterApi,
  { verb, group, resource: whole, namespace = '', name = '' }: Permission,
  signal: AbortSignal,
): Promise<boolean> {
  const [resource, subresource = ''] = whole.split('/');
  const review = {
    apiVersion: `${reviews.group}/${reviews.version}`,
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: { verb, group, resource, subresource, namespace, name } },
  };
  const answer = await api.createObject(reviews, review, signal);
  if (answer.outcome === 'done') {
    return parseObject(answerSchema, answer.object, 'access review').status.allowed;
  }
  throw failure('ClusterDenied', {
    observed: `access review: ${answer.outcome}${answer.outcome === 'rejected' ? `, "${answer.reason}"` : ''}, expected an answer`,
  });
}
