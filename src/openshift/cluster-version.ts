import { z } from 'zod';

import { failure } from '../contracts/failures.ts';
import type { ClusterApi } from '../kubernetes/api.ts';
import { conditionStatus, conditionsSchema } from './conditions.ts';
import { readParsed } from './read-parsed.ts';

/** The release that runs, as the ClusterVersion says. */
export interface ClusterVersion {
  readonly clusterId: string;
  /** The newest release whose rollout completed. */
  readonly openshiftVersion: string;
  readonly releaseImage?: string;
  /** When the installation began. */
  readonly installedAt: Date;
  /** The release that an update in flight goes to; absent where none is. */
  readonly updatingTo?: string;
}

const schema = z.object({
  metadata: z.object({ creationTimestamp: z.iso.datetime() }),
  spec: z.object({ clusterID: z.string() }),
  status: z.object({
    desired: z.object({ version: z.string(), image: z.string().optional() }),
    history: z
      .array(z.object({ state: z.string(), version: z.string(), image: z.string().optional() }))
      .default([]),
    conditions: conditionsSchema,
  }),
});

/**
 * Reads `clusterversions/version`.
 *
 * @throws `GuardRefused`, not retryable, where there is none
 * @see https://github.com/openshift/api/blob/release-4.16/config/v1/types_cluster_version.go
 */
export async function readClusterVersion(
  api: ClusterApi,
  signal: AbortSignal,
): Promise<ClusterVersion> {
  const ref = {
    group: 'config.openshift.io',
    version: 'v1',
    plural: 'clusterversions',
    name: 'version',
  };
  const object = await readParsed(api, ref, schema, signal);
  if (object === undefined) {
    throw failure('GuardRefused', {
      observed: 'the cluster has no ClusterVersion, expected OpenShift 4',
      nextStep: 'Check that the kubeconfig names an OpenShift cluster.',
    });
  }
  const { desired, history, conditions } = object.status;
  const { version, image } = history.find(({ state }) => state === 'Completed') ?? desired;
  const isUpdating =
    history[0]?.state === 'Partial' || conditionStatus(conditions, 'Progressing') === 'True';
  return {
    clusterId: object.spec.clusterID,
    openshiftVersion: version,
    ...(image === undefined || image === '' ? {} : { releaseImage: image }),
    installedAt: new Date(object.metadata.creationTimestamp),
    ...(isUpdating ? { updatingTo: desired.version } : {}),
  };
}
