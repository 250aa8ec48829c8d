import { readFileSync } from 'node:fs';

import { CoordinationV1Api, CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import type { V1Pod } from '@kubernetes/client-node';

import { withApi } from '../../lab/cluster/api.ts';
import type { Lab } from '../../lab/index.ts';
import { waitUntil } from '../../src/testing/index.ts';

/** A proxy as `proxies/cluster` has it. */
export interface ProxyUrls {
  readonly httpProxy: string;
  readonly httpsProxy: string;
  readonly noProxy: string;
}

/** The lab's cluster, as its admin sees it. */
export interface LabCluster {
  /** The pods and leases in the namespace of backups, `Pod <name>` and `Lease <name>`. */
  objects(): Promise<readonly string[]>;
  /** Deletes the one debug pod there is, as `oc delete pod` would; resolves once it is gone. */
  deleteDebugPod(): Promise<void>;
  /** Turns the cluster-wide proxy on. */
  setProxy(urls: ProxyUrls): Promise<void>;
  /** The bearer token of the user that backs up. */
  backupToken(): string;
  /** That user's kubeconfig with another token in it. */
  kubeconfigWith(token: string): string;
}

/** The cluster of a lab that is up. */
export function labCluster(lab: Lab): LabCluster {
  const kubeconfig = new KubeConfig();
  kubeconfig.loadFromFile(lab.kubeconfigPath);
  const core = kubeconfig.makeApiClient(CoreV1Api);
  const coordination = kubeconfig.makeApiClient(CoordinationV1Api);
  const namespace = lab.backupNamespace;
  const backupKubeconfig = readFileSync(lab.backupKubeconfigPath, 'utf8');
  const backupToken = tokenIn(backupKubeconfig);
  const pods = async (): Promise<readonly V1Pod[]> =>
    (await core.listNamespacedPod({ namespace })).items;
  return {
    async objects() {
      const leases = await coordination.listNamespacedLease({ namespace });
      return [
        ...(await pods()).map(({ metadata }) => `Pod ${metadata?.name}`),
        ...leases.items.map(({ metadata }) => `Lease ${metadata?.name}`),
      ];
    },
    async deleteDebugPod() {
      const [pod, ...others] = await pods();
      const { name, uid } = pod?.metadata ?? {};
      if (name === undefined || others.length > 0) throw new Error('expected one debug pod');
      await core.deleteNamespacedPod({ namespace, name });
      // Another one of that name may be there by then.
      const isGone = async () =>
        (await pods()).every(({ metadata }) => metadata?.uid !== uid) ? true : undefined;
      await waitUntil(`the end of pod ${name}`, isGone, 60_000);
    },
    setProxy,
    backupToken: () => backupToken,
    kubeconfigWith: (token) => backupKubeconfig.replaceAll(backupToken, token),
  };
}

function tokenIn(text: string): string {
  const kubeconfig = new KubeConfig();
  kubeconfig.loadFromString(text);
  const token = kubeconfig.getCurrentUser()?.token;
  if (token === undefined) throw new Error('the backup user has no token');
  return token;
}

/** In the spec, and in the status as the operator would. */
async function setProxy(urls: ProxyUrls): Promise<void> {
  const path = '/apis/config.openshift.io/v1/proxies/cluster';
  const proxy = {
    apiVersion: 'config.openshift.io/v1',
    kind: 'Proxy',
    metadata: { name: 'cluster' },
  };
  await withApi(async (api) => {
    await api.apply(path, { ...proxy, spec: { trustedCA: { name: '' }, ...urls } });
    await api.apply(`${path}/status`, { ...proxy, status: urls });
  });
}
