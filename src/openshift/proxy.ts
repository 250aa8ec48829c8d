import { z } from 'zod';

import type { ClusterApi } from '../kubernetes/api.ts';
import { readParsed } from './read-parsed.ts';

/** The cluster-wide proxy. Its URLs may hold a password: they go to the node over stdin and nowhere else. */
export interface ClusterProxy {
  readonly httpProxy: string;
  readonly httpsProxy: string;
  readonly noProxy: string;
  /** The ConfigMap in `openshift-config` with the authorities that its certificates need. */
  readonly trustedCA?: string;
}

const schema = z.object({
  spec: z
    .object({ trustedCA: z.object({ name: z.string().default('') }).default({ name: '' }) })
    .default({ trustedCA: { name: '' } }),
  status: z
    .object({
      httpProxy: z.string().default(''),
      httpsProxy: z.string().default(''),
      noProxy: z.string().default(''),
    })
    .default({ httpProxy: '', httpsProxy: '', noProxy: '' }),
});

/**
 * Reads the status of `proxies/cluster`, which has the computed exceptions; the spec has not. `undefined` where no proxy is on.
 *
 * @see https://github.com/openshift/api/blob/release-4.16/config/v1/types_proxy.go
 */
export async function readProxy(
  api: ClusterApi,
  signal: AbortSignal,
): Promise<ClusterProxy | undefined> {
  const ref = { group: 'config.openshift.io', version: 'v1', plural: 'proxies', name: 'cluster' };
  const proxy = await readParsed(api, ref, schema, signal);
  if (proxy === undefined) return undefined;
  const { spec, status } = proxy;
  if (status.httpProxy === '' && status.httpsProxy === '') return undefined;
  const { name } = spec.trustedCA;
  return { ...status, ...(name === '' ? {} : { trustedCA: name }) };
}

/**
 * The variables that the manual has a person export, upper and lower case, for whoever reads either. The node's own addresses
 * never go through the proxy: etcd's client honours these variables too.
 */
export function proxyVariables(
  proxy: ClusterProxy,
  nodeAddresses: readonly string[],
): readonly (readonly [name: string, value: string])[] {
  const exceptions = proxy.noProxy.split(',').filter((exception) => exception !== '');
  const noProxy = [...new Set([...exceptions, ...nodeAddresses, 'localhost', '127.0.0.1'])].join(
    ',',
  );
  const upper: readonly (readonly [string, string])[] = [
    ['HTTP_PROXY', proxy.httpProxy],
    ['HTTPS_PROXY', proxy.httpsProxy],
    ['NO_PROXY', noProxy],
  ];
  return upper
    .filter(([, value]) => value !== '')
    .flatMap(([name, value]) => [[name, value] as const, [name.toLowerCase(), value] as const]);
}
