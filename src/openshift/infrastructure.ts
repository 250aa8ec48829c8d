import { z } from 'zod';

import type { ClusterApi } from '../kubernetes/api.ts';
import { readParsed } from './read-parsed.ts';

/** What the cluster is built of. */
export interface Infrastructure {
  readonly infrastructureName?: string;
  /** Absent before 4.8. */
  readonly topology?: string;
  /** As CIDRs, where the platform tells them. */
  readonly machineNetworks: readonly string[];
}

const text = z
  .string()
  .transform((value) => (value === '' ? undefined : value))
  .optional();

// Each platform has a field of its own name; some of them hold the networks of the machines.
const platform = z.object({ machineNetworks: z.array(z.string()) });

const schema = z.object({
  status: z.object({
    infrastructureName: text,
    controlPlaneTopology: text,
    platformStatus: z.record(z.string(), z.unknown()).default({}),
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
  const status = (await readParsed(api, ref, schema, signal))?.status;
  const { infrastructureName, controlPlaneTopology, platformStatus = {} } = status ?? {};
  return {
    ...(infrastructureName === undefined ? {} : { infrastructureName }),
    ...(controlPlaneTopology === undefined ? {} : { topology: controlPlaneTopology }),
    machineNetworks: Object.values(platformStatus).flatMap(
      (value) => platform.safeParse(value).data?.machineNetworks ?? [],
    ),
  };
}
