import { z } from 'zod';

import type { Api } from '../cluster/api.ts';

const rbac = 'rbac.authorization.k8s.io';
const namespace = 'etcd-backup';
const name = 'etcd-backup';

const reads = ['get', 'list', 'watch'];

/** Cluster-wide: reads only, and no Secret. */
const clusterRules = [
  rule('config.openshift.io', ['apiservers', 'clusteroperators', 'clusterversions'], reads),
  rule('config.openshift.io', ['infrastructures', 'proxies'], reads),
  rule('operator.openshift.io', ['etcds', 'kubeapiservers'], reads),
  rule('operator.openshift.io', ['kubecontrollermanagers', 'kubeschedulers'], reads),
  rule('certificates.k8s.io', ['certificatesigningrequests'], reads),
  rule('', ['nodes'], reads),
];

const rules: Readonly<Record<string, readonly object[]>> = {
  'openshift-etcd': [rule('', ['pods'], reads)],
  'openshift-config-managed': [
    { ...rule('', ['configmaps'], ['get']), resourceNames: ['csr-controller-ca'] },
  ],
  [namespace]: [
    rule('', ['namespaces'], ['get']),
    rule('', ['pods'], [...reads, 'create', 'delete']),
    rule('', ['pods/exec'], ['get', 'create']),
    rule('coordination.k8s.io', ['leases'], [...reads, 'create', 'update', 'patch', 'delete']),
  ],
};

const tokenRequest = z.object({ status: z.object({ token: z.string() }) });

/**
 * Makes a service account that may do what a backup needs and nothing else, and returns a token of it,
 * good for a day. Safe to repeat; each time gives another token.
 */
export async function makeBackupUser(api: Api): Promise<string> {
  const account = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}`;
  const metadata = { name, namespace };
  await Promise.all([
    api.apply(account, { apiVersion: 'v1', kind: 'ServiceAccount', metadata }),
    grant(api, undefined, clusterRules),
    ...Object.entries(rules).map(([where, rules]) => grant(api, where, rules)),
  ]);
  const spec = { expirationSeconds: 86_400 };
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec };
  return tokenRequest.parse(await api.post(`${account}/token`, request)).status.token;
}

function rule(group: string, resources: readonly string[], verbs: readonly string[]): object {
  return { apiGroups: [group], resources, verbs };
}

/** Binds the account to these rules, in one namespace or in all. */
async function grant(api: Api, where: string | undefined, rules: readonly object[]): Promise<void> {
  const kind = where === undefined ? 'ClusterRole' : 'Role';
  const base = `/apis/${rbac}/v1${where === undefined ? '' : `/namespaces/${where}`}`;
  const metadata = { name, ...(where !== undefined && { namespace: where }) };
  const apiVersion = `${rbac}/v1`;
  const resource = kind.toLowerCase();
  await Promise.all([
    api.apply(`${base}/${resource}s/${name}`, { apiVersion, kind, metadata, rules }),
    api.apply(`${base}/${resource}bindings/${name}`, {
      apiVersion,
      kind: `${kind}Binding`,
      metadata,
      roleRef: { apiGroup: rbac, kind, name },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    }),
  ]);
}
