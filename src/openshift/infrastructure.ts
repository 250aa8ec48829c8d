import { z } from 'zod';

import type { ClusterApi } from '../kubernetes/api.ts';
import { readParsed } from './read-parsed.ts';

/** What the cluster is built of. */
export interface Infrastructure {
  readonly infrastructureName: string;
  readonly topology: string;
}

const schema = z.object({
  status: z.object({
    infrastructureName: z.string().default(''),
    // Older than 4.8 have no such field; all of them were highly available.
    controlPlaneTopology: z.string().default('HighlyAvailable'),
  }),
});

/**
 * Reads `infrastructures/cluster`.
 *
 * @see https://github.com/openshift/api/blob/release-4.16/config/v1/types_infrastructure.go
 */
export async function readInfrastructure(
  api: ClusterApi,
  signal: AbortSignal,
): Promise<Infrastructure> {
  const ref = {
    group: 'config.openshift.io',
    version: 'v1',
    plural: 'infrastructures',
    name: 'cluster',
  };
  const object = await readParsed(api, ref, schema, signal);
  return {
    infrastructureName: object?.status.infrastructureName ?? '',
    topology: object?.status.controlPlaneTopology ?? 'HighlyAvailable',
  };
}
