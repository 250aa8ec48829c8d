import { type NodeFile, publicFile } from '../node/files.ts';
import { etcdUrl, place } from '../place.ts';
import type { Pki } from './pki.ts';
import { type StaticPod, hostPath, resourceMounts, staticPodResources } from './static-pod.ts';

const peerUrl = `https://${place.nodeAddress}:2380`;
const certs = '/etc/kubernetes/static-pod-certs';
const bundle = `${certs}/configmaps/etcd-all-bundles/server-ca-bundle.crt`;
const allCerts = `${certs}/secrets/etcd-all-certs`;
const serving = `${allCerts}/etcd-serving-${place.nodeName}`;
const peer = `${allCerts}/etcd-peer-${place.nodeName}`;

/** etcd, which asks its clients and peers for certificates. */
export function etcdStaticPod(image: string, pki: Pki): StaticPod {
  const container = {
    name: 'etcd',
    image,
    imagePullPolicy: 'IfNotPresent',
    command: ['/bin/etcd', ...flags],
    env: Object.entries(clientEnvironment).map(([name, value]) => ({ name, value })),
    resources: { requests: { cpu: '100m', memory: '200Mi' } },
    readinessProbe: { tcpSocket: { port: 2379 }, periodSeconds: 2 },
    volumeMounts: [...resourceMounts, { name: 'data-dir', mountPath: '/var/lib/etcd' }],
  };
  const volumes = [hostPath('data-dir', '/var/lib/etcd')];
  const revisioned = certificateFiles(pki);
  return { component: 'etcd', containers: [container], volumes, revisioned };
}

/** What the etcd operator keeps on the node beside the revisions: certificates, and what its scripts read. */
export function etcdSharedFiles(image: string, pki: Pki): readonly NodeFile[] {
  const scripts = '/configmaps/etcd-scripts';
  const shared = [
    ...certificateFiles(pki),
    publicFile(`${scripts}/etcd.env`, scriptEnvironment(image)),
    publicFile(
      `${scripts}/etcd-common-tools`,
      '# what OpenShift keeps here, the script has itself\n',
    ),
  ];
  return shared.map((file) => ({ ...file, path: `${staticPodResources}/etcd-certs${file.path}` }));
}

const flags = [
  `--name=${place.nodeName}`,
  '--data-dir=/var/lib/etcd',
  '--listen-client-urls=https://0.0.0.0:2379',
  `--advertise-client-urls=${etcdUrl}`,
  '--listen-peer-urls=https://0.0.0.0:2380',
  `--initial-advertise-peer-urls=${peerUrl}`,
  `--initial-cluster=${place.nodeName}=${peerUrl}`,
  `--cert-file=${serving}.crt`,
  `--key-file=${serving}.key`,
  `--trusted-ca-file=${bundle}`,
  '--client-cert-auth=true',
  `--peer-cert-file=${peer}.crt`,
  `--peer-key-file=${peer}.key`,
  `--peer-trusted-ca-file=${bundle}`,
  '--peer-client-cert-auth=true',
  '--quota-backend-bytes=8589934592',
];

/** As the pod sees the files; a script on the node looks elsewhere. */
const clientEnvironment = {
  ETCDCTL_API: '3',
  ETCDCTL_CACERT: bundle,
  ETCDCTL_CERT: `${peer}.crt`,
  ETCDCTL_KEY: `${peer}.key`,
};

function scriptEnvironment(image: string): string {
  const name = `NODE_${place.nodeName.replaceAll('-', '_')}`;
  const variables = {
    ...clientEnvironment,
    ALL_ETCD_ENDPOINTS: etcdUrl,
    ETCDCTL_ENDPOINTS: etcdUrl,
    ETCD_DATA_DIR: '/var/lib/etcd',
    ETCD_IMAGE: image,
    ETCD_INITIAL_CLUSTER_STATE: 'existing',
    ETCD_QUOTA_BACKEND_BYTES: '8589934592',
    NODE_ETCD_ENDPOINT: etcdUrl,
    [`${name}_ETCD_NAME`]: place.nodeName,
    [`${name}_ETCD_URL_HOST`]: place.nodeAddress,
    [`${name}_IP`]: place.nodeAddress,
  };
  return Object.entries(variables)
    .map(([variable, value]) => `export ${variable}="${value}"\n`)
    .join('');
}

function certificateFiles(pki: Pki): readonly NodeFile[] {
  const secrets = '/secrets/etcd-all-certs';
  const pair = (name: string, { cert, key }: Pki['etcdPeer']): NodeFile[] => [
    { path: `${secrets}/${name}-${place.nodeName}.crt`, content: cert },
    { path: `${secrets}/${name}-${place.nodeName}.key`, content: key },
  ];
  return [
    publicFile('/configmaps/etcd-all-bundles/server-ca-bundle.crt', pki.etcdSigner.cert),
    ...pair('etcd-serving', pki.etcdServing),
    ...pair('etcd-peer', pki.etcdPeer),
  ];
}
