import type { EtcdCertificates } from './etcd-certificates.ts';
import { isAtLeast } from './openshift-version.ts';
import { staticPodResources } from './static-pod-files.ts';

/** The etcd that the nodes of a cluster reach: the first member behind the first node, and so on. */
export interface NodeEtcd {
  /** Nodes beyond the last member reach the first one. */
  readonly members: readonly { readonly clientUrl: string; readonly dataDirectory: string }[];
  readonly certificates: EtcdCertificates;
}

export interface EtcdNodeFilesOptions {
  readonly version: string;
  readonly nodeNames: readonly string[];
  /** The one whose files these are. */
  readonly name: string;
  /** Absent, nothing listens where the node looks for it. */
  readonly etcd?: NodeEtcd | undefined;
}

const nowhere = 'https://127.0.0.1:1';

/** Where the node at this place in the cluster reaches its member. */
export function memberOf(etcd: NodeEtcd | undefined, index: number): NodeEtcd['members'][number] {
  const none = { clientUrl: nowhere, dataDirectory: '' };
  return etcd?.members[index] ?? etcd?.members[0] ?? none;
}

/**
 * The files of etcd on a control plane node, by path: those of etcd's operator, or before 4.4 those of the machine
 * configuration.
 *
 * @see https://github.com/openshift/cluster-etcd-operator/blob/001702e85201041ec09e7d3ab4d695bfb9df7890/pkg/etcdenvvar/etcd_env.go
 * @see https://github.com/openshift/machine-config-operator/blob/01eee684ecc9cf996e59f6fcdd1ec5650c6e3f89/templates/master/00-master/_base/files/etc-kubernetes-manifests-etcd-member.yaml
 */
export function etcdNodeFiles(options: EtcdNodeFilesOptions): Record<string, string> {
  return isAtLeast(options.version, '4.4') ? operatorFiles(options) : memberFiles(options);
}

/** Where etcd's operator keeps what its scripts read. */
export const etcdScripts = `${staticPodResources}/etcd-certs/configmaps/etcd-scripts`;

function operatorFiles(options: EtcdNodeFilesOptions): Record<string, string> {
  const { name, etcd } = options;
  const { bundle, secret } = certificatePaths(options);
  const certificates = `${staticPodResources}/etcd-certs`;
  const files = { [`${etcdScripts}/etcd.env`]: environment(options) };
  if (etcd === undefined) return files;
  const { authority, client } = etcd.certificates;
  return {
    ...files,
    [`${certificates}/${bundle}`]: authority,
    [`${certificates}/${secret}/etcd-peer-${name}.crt`]: client.certificate,
    [`${certificates}/${secret}/etcd-peer-${name}.key`]: client.key,
  };
}

function certificatePaths({ version }: EtcdNodeFilesOptions) {
  return {
    bundle: isAtLeast(version, '4.16')
      ? 'configmaps/etcd-all-bundles/server-ca-bundle.crt'
      : 'configmaps/etcd-serving-ca/ca-bundle.crt',
    secret: isAtLeast(version, '4.8') ? 'secrets/etcd-all-certs' : 'secrets/etcd-all-peer',
  };
}

// The paths are those of the etcd pod; on the node the same files lie elsewhere.
function environment(options: EtcdNodeFilesOptions): string {
  const { name, nodeNames, etcd } = options;
  const { bundle, secret } = certificatePaths(options);
  const podCertificates = '/etc/kubernetes/static-pod-certs';
  const urls = nodeNames.map((_, index) => memberOf(etcd, index).clientUrl);
  const endpoints = [...new Set(urls)].toSorted().join(',');
  const variables: Record<string, string> = {
    ALL_ETCD_ENDPOINTS: endpoints,
    ETCDCTL_API: '3',
    ETCDCTL_ENDPOINTS: endpoints,
    ETCD_DATA_DIR: '/var/lib/etcd',
  };
  if (etcd !== undefined) {
    variables['ETCDCTL_CACERT'] = `${podCertificates}/${bundle}`;
    variables['ETCDCTL_CERT'] = `${podCertificates}/${secret}/etcd-peer-${name}.crt`;
    variables['ETCDCTL_KEY'] = `${podCertificates}/${secret}/etcd-peer-${name}.key`;
  }
  for (const [index, nodeName] of nodeNames.entries()) {
    const prefix = `NODE_${nodeName.replaceAll(/[-.]/g, '_')}`;
    const address = new URL(urls[index] ?? nowhere).hostname;
    variables[`${prefix}_ETCD_NAME`] = nodeName;
    variables[`${prefix}_ETCD_URL_HOST`] = address;
    variables[`${prefix}_IP`] = address;
    // Ours: the vendor's operator writes the node's variable into the script, and the port is always 2379.
    if (nodeName === name) variables['NODE_ETCD_ENDPOINT'] = urls[index] ?? nowhere;
  }
  const lines = Object.entries(variables).map(([key, value]) => `export ${key}="${value}"\n`);
  return lines.toSorted().join('');
}

function memberFiles({ name, nodeNames, etcd }: EtcdNodeFilesOptions): Record<string, string> {
  const { port } = new URL(memberOf(etcd, nodeNames.indexOf(name)).clientUrl);
  const manifest = `apiVersion: v1
kind: Pod
metadata:
  name: etcd-member
  namespace: openshift-etcd
  labels:
    k8s-app: etcd
spec:
  containers:
    - name: etcd-member
      command:
        - /bin/sh
        - -c
        - |
          etcd \\
            --listen-client-urls=https://0.0.0.0:${port} \\
            --client-cert-auth=true
  hostNetwork: true
`;
  return { '/etc/kubernetes/manifests/etcd-member.yaml': manifest };
}
