import { z } from 'zod';

import type { ClusterApi } from '../kubernetes/api.ts';
import { conditionsSchema } from './conditions.ts';
import type { Conditions } from './conditions.ts';
import { readParsed } from './read-parsed.ts';

/** What the operator of one component says of its work. */
export interface OperatorConfig {
  readonly conditions: Conditions;
  /** The newest revision of its static pods, where it has any. */
  readonly latestRevision?: number;
}

/** The operators that are read, by the name of their component. */
const plurals = {
  etcd: 'etcds',
  'kube-apiserver': 'kubeapiservers',
  'openshift-apiserver': 'openshiftapiservers',
  authentication: 'authentications',
} as const;

export type OperatorName = keyof typeof plurals;

const schema = z.object({
  status: z
    .object({ conditions: conditionsSchema, latestAvailableRevision: z.int().optional() })
    .default({ conditions: [] }),
});

/**
 * Reads the operator's own object, `<plural>.operator.openshift.io/cluster`; `undefined` where there is none, as etcd has none
 * before 4.4.
 *
 * @see https://github.com/openshift/api/blob/release-4.16/operator/v1/types.go
 */
export async function readOperatorConfig(
  api: ClusterApi,
  name: OperatorName,
  signal: AbortSignal,
): Promise<OperatorConfig | undefined> {
  const plural = plurals[name];
  const ref = { group: 'operator.openshift.io', version: 'v1', plural, name: 'cluster' };
  const status = (await readParsed(api, ref, schema, signal))?.status;
  if (status === undefined) return undefined;
  const { conditions, latestAvailableRevision: latestRevision } = status;
  return { conditions, ...(latestRevision === undefined ? {} : { latestRevision }) };
}
