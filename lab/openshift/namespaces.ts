import type { Api } from '../cluster/api.ts';

const privileged = {
  labels: {
    'pod-security.kubernetes.io/enforce': 'privileged',
    'pod-security.kubernetes.io/audit': 'privileged',
    'pod-security.kubernetes.io/warn': 'privileged',
  },
  annotations: { 'openshift.io/node-selector': '' },
};

/** The namespaces of the control plane, and the one that backups run in. */
const namespaces: readonly string[] = [
  'openshift-config',
  'openshift-config-managed',
  'openshift-etcd',
  'openshift-kube-apiserver',
  'openshift-kube-controller-manager',
  'openshift-kube-scheduler',
  'etcd-backup',
];

/** Makes the namespaces, each with the service account its pods need. Safe to repeat. */
export async function applyNamespaces(api: Api): Promise<void> {
  await Promise.all([
    ...namespaces.map((name) => applyNamespace(api, name)),
    account(api, 'default'),
  ]);
}

async function applyNamespace(api: Api, name: string): Promise<void> {
  const metadata = { name, ...privileged };
  await api.apply(`/api/v1/namespaces/${name}`, { apiVersion: 'v1', kind: 'Namespace', metadata });
  await account(api, name);
}

/** A controller would make it, and the lab runs none. */
async function account(api: Api, namespace: string): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/default`;
  const metadata = { name: 'default', namespace };
  await api.apply(path, { apiVersion: 'v1', kind: 'ServiceAccount', metadata });
}
