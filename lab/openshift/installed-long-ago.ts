import { z } from 'zod';

import type { Etcdctl } from '../cluster/etcdctl.ts';
import { apiTime, installationTime } from './installed.ts';

const stored = z.looseObject({ metadata: z.looseObject({ creationTimestamp: z.string() }) });

const key = '/kubernetes.io/config.openshift.io/clusterversions/version';

/**
 * Moves the birth of the ClusterVersion back to the day of installation, in etcd: the API server alone
 * sets it, and always to now. Safe to repeat.
 */
export async function backdateClusterVersion(etcdctl: Etcdctl): Promise<void> {
  const value = stored.parse(JSON.parse(await etcdctl(['get', '--print-value-only', key])));
  const creationTimestamp = apiTime(installationTime());
  const metadata = { ...value.metadata, creationTimestamp };
  await etcdctl(['put', key], JSON.stringify({ ...value, metadata }));
}
