import { z } from 'zod';

import type { ClusterApi } from '../kubernetes/api.ts';
import { readParsed } from './read-parsed.ts';

const ingressSchema = z.object({
  spec: z.object({ domain: z.string().default('') }).default({ domain: '' }),
});
const dnsSchema = z.object({
  spec: z.object({ baseDomain: z.string().default('') }).default({ baseDomain: '' }),
});

/**
 * The domain of the cluster's routes, from `ingresses/cluster`; `undefined` where it has none.
 *
 * @see https://github.com/openshift/api/blob/release-4.16/config/v1/types_ingress.go
 */
export async function readIngressDomain(
  api: ClusterApi,
  signal: AbortSignal,
): Promise<string | undefined> {
  const object = await readParsed(api, clusterObject('ingresses'), ingressSchema, signal);
  return object?.spec.domain || undefined;
}

/**
 * The domain below which all of the cluster's own names are, from `dnses/cluster`; `undefined` where it has none.
 *
 * @see https://github.com/openshift/api/blob/release-4.16/config/v1/types_dns.go
 */
export async function readBaseDomain(
  api: ClusterApi,
  signal: AbortSignal,
): Promise<string | undefined> {
  const object = await readParsed(api, clusterObject('dnses'), dnsSchema, signal);
  return object?.spec.baseDomain || undefined;
}

function clusterObject(plural: string) {
  return { group: 'config.openshift.io', version: 'v1', plural, name: 'cluster' };
}
