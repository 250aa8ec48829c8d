import { isAtLeast } from './openshift-version.ts';

/** Where static pods keep their files, on every control plane node. */
export const staticPodResources = '/etc/kubernetes/static-pod-resources';

/** The files of each static pod that a restore needs. */
const contents: Readonly<Record<string, readonly string[]>> = {
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

interface StaticPodOptions {
  readonly version: string;
  /** The revision of all of them. */
  readonly revision: number;
  /** Files that are the real ones, by their path below the pod's directory; the others only have a name. */
  readonly real: Readonly<Record<string, string>>;
}

/** The manifests and the directories of a node's static pods, by path. Before 4.4 etcd had no revisions. */
export function staticPodFiles({
  version,
  revision,
  real,
}: StaticPodOptions): Record<string, string> {
  const files: Record<string, string> = {};
  for (const [component, names] of Object.entries(contents)) {
    if (component === 'etcd' && !isAtLeast(version, '4.4')) continue;
    const directory = `${staticPodResources}/${component}-pod-${revision}`;
    const manifest = staticPodManifest(component, directory);
    files[`/etc/kubernetes/manifests/${component}-pod.yaml`] = manifest;
    files[`${directory}/${component}-pod.yaml`] = manifest;
    for (const name of names) {
      files[`${directory}/${name}`] = real[name] ?? `stand-in for ${component} ${name}\n`;
    }
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
