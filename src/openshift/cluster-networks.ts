import { z } from 'zod';

import type { ClusterApi } from '../kubernetes/api.ts';
import { readParsed } from './read-parsed.ts';

/** The networks inside the cluster, as CIDRs. */
export interface ClusterNetworks {
  readonly pods: readonly string[];
  readonly services: readonly string[];
}

const networks = z.object({
  clusterNetwork: z.array(z.object({ cidr: z.string() })).default([]),
  serviceNetwork: z.array(z.string()).default([]),
});
const schema = z.object({ spec: networks.optional(), status: networks.optional() });

/**
 * Reads `networks/cluster`: what is in force and what was asked for. `undefined` where there is no such object.
 *
 * @see https://github.com/openshift/api/blob/release-4.16/config/v1/types_network.go
 */
export async function readClusterNetworks(
  api: ClusterApi,
  signal: AbortSignal,
): Promise<ClusterNetworks | undefined> {
  const ref = { group: 'config.openshift.io', version: 'v1', plural: 'networks', name: 'cluster' };
  const object = await readParsed(api, ref, schema, signal);
  if (object === undefined) return undefined;
  const both = [object.spec, object.status].filter((each) => each !== undefined);
  const unique = (cidrs: readonly string[]): readonly string[] => [...new Set(cidrs)];
  return {
    pods: unique(both.flatMap(({ clusterNetwork }) => clusterNetwork.map(({ cidr }) => cidr))),
    services: unique(both.flatMap(({ serviceNetwork }) => serviceNetwork)),
  };
}
