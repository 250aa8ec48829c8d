import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { localhostKubeconfig } from './kubeconfig.ts';
import type { ClusterAccess } from './kubeconfig.ts';
import { scriptText } from './namespace-holder.ts';

const resources = '/etc/kubernetes/static-pod-resources';
const scripts = `${resources}/etcd-certs/configmaps/etcd-scripts`;
const authorityPath = `${resources}/kube-apiserver-certs/configmaps/localhost-ca/ca-bundle.crt`;

export interface NodeFilesOptions {
  readonly name: string;
  /** How the node's own script reaches the API server. */
  readonly access: ClusterAccess;
  /** The revision of the static pods. */
  readonly revision: number;
  /** Where the node's etcd answers; absent, nothing listens there. */
  readonly etcdEndpoint?: string | undefined;
}

/** Writes, below `directory`, the files that make a root file system an OpenShift control plane node. */
export async function writeNodeFiles(directory: string, options: NodeFilesOptions): Promise<void> {
  for (const [path, content] of Object.entries(await nodeFiles(options))) {
    const target = join(directory, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, content);
    if (path.includes('/secrets/')) await chmod(target, 0o600);
  }
  await chmod(join(directory, 'var/usrlocal/bin/cluster-backup.sh'), 0o755);
}

async function nodeFiles(options: NodeFilesOptions): Promise<Record<string, string>> {
  const { name, access, revision, etcdEndpoint = 'http://127.0.0.1:1' } = options;
  return {
    '/etc/hostname': `${name}\n`,
    '/etc/hosts': '127.0.0.1 localhost\n',
    '/etc/os-release': osRelease,
    '/etc/passwd': 'root:x:0:0:root:/root:/bin/bash\ncore:x:1000:1000:core:/home/core:/bin/bash\n',
    '/etc/group': 'root:x:0:\ncore:x:1000:\n',
    '/var/usrlocal/bin/cluster-backup.sh': await scriptText('cluster-backup.sh'),
    [`${scripts}/etcd.env`]: etcdEnvironment(name, etcdEndpoint),
    [`${scripts}/etcd-common-tools`]: '# What the vendor keeps here stands in cluster-backup.sh.\n',
    [authorityPath]: access.certificateAuthority,
    [`${resources}/kube-apiserver-certs/secrets/node-kubeconfigs/localhost.kubeconfig`]:
      localhostKubeconfig(access, authorityPath),
    ...staticPodFiles(revision),
  };
}

function etcdEnvironment(name: string, endpoint: string): string {
  return `export ALL_ETCD_ENDPOINTS="${endpoint}"
export ETCDCTL_API="3"
export ETCDCTL_ENDPOINTS="${endpoint}"
export NODE_${name.replaceAll(/\W/g, '_')}_ETCD_NAME="${name}"
export NODE_ETCD_ENDPOINT="${endpoint}"
`;
}

// The files of each static pod that a restore needs; the keys are no keys.
const staticPods: Record<string, readonly string[]> = {
  'kube-apiserver': [
    'configmaps/config/config.yaml',
    'configmaps/etcd-serving-ca/ca-bundle.crt',
    'secrets/etcd-client/tls.crt',
    'secrets/etcd-client/tls.key',
    'secrets/localhost-recovery-client-token/token',
  ],
  'kube-controller-manager': [
    'configmaps/config/config.yaml',
    'secrets/service-account-private-key/service-account.key',
  ],
  'kube-scheduler': ['configmaps/config/config.yaml'],
  etcd: [
    'configmaps/etcd-endpoints/endpoint-0',
    'configmaps/etcd-all-bundles/server-ca-bundle.crt',
    'secrets/etcd-all-certs/etcd-peer.key',
    'secrets/etcd-all-certs/etcd-serving.key',
  ],
};

function staticPodFiles(revision: number): Record<string, string> {
  const files: Record<string, string> = {};
  for (const [component, names] of Object.entries(staticPods)) {
    const directory = `${resources}/${component}-pod-${revision}`;
    const manifest = staticPodManifest(component, directory);
    files[`/etc/kubernetes/manifests/${component}-pod.yaml`] = manifest;
    files[`${directory}/${component}-pod.yaml`] = manifest;
    for (const name of names) files[`${directory}/${name}`] = `stand-in for ${component} ${name}\n`;
  }
  return files;
}

function staticPodManifest(component: string, directory: string): string {
  return `apiVersion: v1
kind: Pod
metadata:
  name: ${component}
  namespace: openshift-${component}
spec:
  hostNetwork: true
  volumes:
    - name: resource-dir
      hostPath:
        path: ${directory}
`;
}

const osRelease = `NAME="Red Hat Enterprise Linux CoreOS"
ID="rhcos"
ID_LIKE="rhel fedora"
VERSION="416.94.202410211619-0"
VERSION_ID="4.16"
OPENSHIFT_VERSION="4.16"
RHEL_VERSION="9.4"
PRETTY_NAME="Red Hat Enterprise Linux CoreOS 416.94.202410211619-0"
`;
