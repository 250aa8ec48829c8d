import { z } from 'zod';

import { type Api, withApi } from './cluster/api.ts';
import { revisions } from './cluster/static-pod.ts';
import { labHealth } from './health.ts';
import { kubeconfigPaths } from './kubeconfigs.ts';
import { requireRootOnLinux } from './machine/requirements.ts';
import { apiServerUrl, etcdUrl, place } from './place.ts';

/** What `status` shows. */
export interface LabStatus {
  readonly state: 'up' | 'broken' | 'down';
  /** Why it is not up. */
  readonly observed?: string;
  readonly startedAt?: string;
  readonly node?: string;
  readonly apiServer?: string;
  readonly etcd?: string;
  readonly kubeconfig?: string;
  readonly backupKubeconfig?: string;
  readonly openshiftVersion?: string;
  /** The node and its static pods: whether each is Ready, by the API. */
  readonly ready?: Readonly<Record<string, string>>;
}

/**
 * Says what there is of a lab on this machine. Changes nothing.
 *
 * @throws `LabError` off Linux and without root
 */
export async function labStatus(): Promise<LabStatus> {
  requireRootOnLinux();
  const health = await labHealth();
  if (health.state !== 'up') return { state: health.state, observed: health.observed };
  const cluster = await withApi(clusterStatus);
  return {
    state: 'up',
    startedAt: health.note.startedAt,
    node: `${place.nodeName} ${place.nodeAddress}`,
    apiServer: apiServerUrl,
    etcd: etcdUrl,
    kubeconfig: kubeconfigPaths.admin,
    backupKubeconfig: kubeconfigPaths.backup,
    ...cluster,
  };
}

/** The status as lines for a person. */
export function statusTable({ ready = {}, ...fields }: LabStatus): string {
  const rows = [...Object.entries(fields), ...Object.entries(ready)];
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return rows.map(([name, value]) => `${name.padEnd(width)}${value}\n`).join('');
}

const clusterVersion = z.object({
  status: z.object({ desired: z.object({ version: z.string() }) }),
});

const withConditions = z.object({
  status: z.object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })) }),
});

async function clusterStatus(api: Api) {
  const path = '/apis/config.openshift.io/v1/clusterversions/version';
  const { version } = clusterVersion.parse(await api.get(path)).status.desired;
  const node: [string, string] = [`node ${place.nodeName}`, `/api/v1/nodes/${place.nodeName}`];
  const pods = Object.keys(revisions).map((name): [string, string] => [
    `pod ${name}`,
    `/api/v1/namespaces/openshift-${name}/pods/${name}-${place.nodeName}`,
  ]);
  const ready = await Promise.all(
    [node, ...pods].map(async ([name, path]) => [name, await readiness(api, path)] as const),
  );
  return { openshiftVersion: version, ready: Object.fromEntries(ready) };
}

async function readiness(api: Api, path: string): Promise<string> {
  try {
    const { conditions } = withConditions.parse(await api.get(path)).status;
    const status = conditions.find(({ type }) => type === 'Ready')?.status ?? 'Unknown';
    return status === 'True' ? 'Ready' : `not Ready (${status})`;
  } catch {
    return 'unknown to the API server';
  }
}
