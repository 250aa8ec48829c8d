import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { coreOsVersion } from './default-nodes.ts';
import { staticPodRevision } from './default-objects.ts';
import { etcdNodeFiles } from './etcd-node-files.ts';
import type { EtcdNodeFilesOptions } from './etcd-node-files.ts';
import { localhostKubeconfig } from './kubeconfig.ts';
import type { ClusterAccess } from './kubeconfig.ts';
import { isAtLeast, minorOf } from './openshift-version.ts';
import { scriptFiles } from './script-files.ts';
import { staticPodFiles, staticPodResources } from './static-pod-files.ts';

const authorityPath = `${staticPodResources}/kube-apiserver-certs/configmaps/localhost-ca/ca-bundle.crt`;
const kubeconfigPath = `${staticPodResources}/kube-apiserver-certs/secrets/node-kubeconfigs/localhost.kubeconfig`;

export interface NodeFilesOptions extends EtcdNodeFilesOptions {
  /** How the node's own script reaches the API server. */
  readonly access: ClusterAccess;
  /** Other files, by path. */
  readonly more: Readonly<Record<string, string>>;
}

/** Writes, below `directory`, the files that make a root file system an OpenShift control plane node. */
export async function writeNodeFiles(directory: string, options: NodeFilesOptions): Promise<void> {
  for (const [path, content] of Object.entries(await nodeFiles(options))) {
    const target = join(directory, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, content);
    if (path.includes('/secrets/')) await chmod(target, 0o600);
  }
  for (const { path, text, mode } of await scriptFiles(options.version)) {
    const target = join(directory, path.replace('/usr/local/', '/var/usrlocal/'));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, text);
    await chmod(target, mode);
  }
  if (isAtLeast(options.version, '4.4') && !isAtLeast(options.version, '4.9')) {
    // The scripts of these releases make it when it is not there.
    const link = join(directory, '/etc/kubernetes/static-pod-certs');
    await symlink(`${staticPodResources}/etcd-certs`, link);
  }
}

async function nodeFiles(options: NodeFilesOptions): Promise<Record<string, string>> {
  const { name, access, version, etcd } = options;
  const { authority, client } = etcd?.certificates ?? {};
  return {
    '/etc/hostname': `${name}\n`,
    '/etc/hosts': hosts,
    '/etc/os-release': osRelease(version),
    '/etc/passwd': 'root:x:0:0:root:/root:/bin/bash\ncore:x:1000:1000:core:/home/core:/bin/bash\n',
    '/etc/group': 'root:x:0:\ncore:x:1000:\n',
    [authorityPath]: access.certificateAuthority,
    [kubeconfigPath]: localhostKubeconfig(access, authorityPath),
    ...options.more,
    ...etcdNodeFiles(options),
    ...staticPodFiles({
      version,
      revision: staticPodRevision,
      real: {
        ...(authority !== undefined && { 'configmaps/etcd-serving-ca/ca-bundle.crt': authority }),
        ...(client !== undefined && {
          'secrets/etcd-client/tls.crt': client.certificate,
          'secrets/etcd-client/tls.key': client.key,
        }),
      },
    }),
    ...(isAtLeast(version, '4.7') && { '/etc/mco/proxy.env': '# No proxy is on.\n' }),
  };
}

// Nothing answers at that address: what the nodes need of the Internet is reached as `egress` says, or not at all.
const hosts = `127.0.0.1 localhost
127.99.99.99 storage.googleapis.com quay.io
`;

function osRelease(version: string): string {
  const release = `4.${minorOf(version)}`;
  return `NAME="Red Hat Enterprise Linux CoreOS"
ID="rhcos"
ID_LIKE="rhel fedora"
VERSION="${coreOsVersion(version)}"
VERSION_ID="${release}"
OPENSHIFT_VERSION="${release}"
RHEL_VERSION="9.4"
PRETTY_NAME="Red Hat Enterprise Linux CoreOS ${coreOsVersion(version)}"
`;
}
