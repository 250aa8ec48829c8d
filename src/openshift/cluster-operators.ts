import { z } from 'zod';

import type { ClusterApi } from '../kubernetes/api.ts';
import { conditionStatus, conditionsSchema } from './conditions.ts';
import { readParsed } from './read-parsed.ts';

/** The operators of the control plane, the four that the vendor's script asks too. */
export const controlPlaneOperators = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
] as const;

/** Whether an operator is rolling something out; `undefined` where it does not say. */
export interface ControlPlaneOperator {
  readonly name: string;
  readonly isProgressing: boolean | undefined;
}

const schema = z.object({
  status: z.object({ conditions: conditionsSchema }).default({ conditions: [] }),
});

/**
 * Reads the four ClusterOperators of the control plane.
 *
 * @see https://github.com/openshift/api/blob/release-4.16/config/v1/types_cluster_operator.go
 */
export async function readControlPlaneOperators(
  api: ClusterApi,
  signal: AbortSignal,
): Promise<readonly ControlPlaneOperator[]> {
  return await Promise.all(
    controlPlaneOperators.map(async (name) => {
      const ref = { group: 'config.openshift.io', version: 'v1', plural: 'clusteroperators', name };
      const operator = await readParsed(api, ref, schema, signal);
      const progressing = conditionStatus(operator?.status.conditions ?? [], 'Progressing');
      return {
        name,
        isProgressing: progressing === undefined ? undefined : progressing !== 'False',
      };
    }),
  );
}
