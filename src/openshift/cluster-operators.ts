import { z } from 'zod';

import type { ClusterApi } from '../kubernetes/api.ts';
import { conditionStatus, conditionsSchema } from './conditions.ts';
import { isAtLeast } from './is-at-least.ts';
import { readParsed } from './read-parsed.ts';

/** The operators of the control plane, the four that the vendor's script asks too. */
const all = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const;

/** Whether an operator is rolling something out; `undefined` where it does not say. */
export interface ControlPlaneOperator {
  readonly name: string;
  readonly isProgressing: boolean | undefined;
}

/** The operators of the control plane of a version: etcd has one since 4.4. All of them where the version is not known. */
export function controlPlaneOperators(openshiftVersion: string | undefined): readonly string[] {
  const hasEtcd = openshiftVersion === undefined || isAtLeast(openshiftVersion, '4.4');
  return hasEtcd ? all : all.filter((name) => name !== 'etcd');
}

const schema = z.object({
  status: z.object({ conditions: conditionsSchema }).default({ conditions: [] }),
});

/**
 * Reads one ClusterOperator.
 *
 * @see https://github.com/openshift/api/blob/release-4.16/config/v1/types_cluster_operator.go
 */
export async function readControlPlaneOperator(
  api: ClusterApi,
  name: string,
  signal: AbortSignal,
): Promise<ControlPlaneOperator> {
  const ref = { group: 'config.openshift.io', version: 'v1', plural: 'clusteroperators', name };
  const operator = await readParsed(api, ref, schema, signal);
  const progressing = conditionStatus(operator?.status.conditions ?? [], 'Progressing');
  return {
    name,
    isProgressing: progressing === undefined ? undefined : progressing !== 'False',
  };
}
