import { kubeconfigText } from '../cluster/kubeconfig.ts';
import { apiServerUrl, place } from '../place.ts';
import { containerdSocket } from './containerd.ts';
import { type NodeFile, jsonText, publicFile } from './files.ts';

const pki = '/var/lib/kubelet/pki';

/** The line of /etc/inittab that runs the kubelet. */
export const kubeletService: string =
  '::respawn:/usr/local/bin/kubelet --config=/etc/kubernetes/kubelet.conf --kubeconfig=/var/lib/kubelet/kubeconfig ' +
  `--hostname-override=${place.nodeName} --node-ip=${place.nodeAddress} >>/var/log/kubelet.log 2>&1`;

/** The kubelet's configuration and credentials. */
export function kubeletFiles(credentials: {
  readonly apiServerCa: string;
  readonly clientCa: string;
  readonly client: { readonly cert: string; readonly key: string };
  readonly serving: { readonly cert: string; readonly key: string };
}): readonly NodeFile[] {
  const { apiServerCa, clientCa, client, serving } = credentials;
  const kubeconfig = kubeconfigText({
    server: apiServerUrl,
    user: `system:node:${place.nodeName}`,
    certificateAuthority: `${pki}/apiserver-ca.crt`,
    clientCertificate: `${pki}/kubelet-client-current.pem`,
    clientKey: `${pki}/kubelet-client-current.pem`,
  });
  return [
    publicFile('/etc/kubernetes/kubelet.conf', jsonText(configuration)),
    publicFile('/etc/kubernetes/kubelet-ca.crt', clientCa),
    publicFile(`${pki}/apiserver-ca.crt`, apiServerCa),
    { path: `${pki}/kubelet-client-current.pem`, content: client.cert + client.key },
    { path: `${pki}/kubelet-server-current.pem`, content: serving.cert + serving.key },
    { path: '/var/lib/kubelet/kubeconfig', content: kubeconfig },
  ];
}

const configuration = {
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  kind: 'KubeletConfiguration',
  staticPodPath: '/etc/kubernetes/manifests',
  containerRuntimeEndpoint: `unix://${containerdSocket}`,
  authentication: {
    anonymous: { enabled: false },
    webhook: { enabled: true },
    x509: { clientCAFile: '/etc/kubernetes/kubelet-ca.crt' },
  },
  authorization: { mode: 'Webhook' },
  tlsCertFile: `${pki}/kubelet-server-current.pem`,
  tlsPrivateKeyFile: `${pki}/kubelet-server-current.pem`,
  cgroupDriver: 'cgroupfs',
  failCgroupV1: false,
  failSwapOn: false,
  // Lowering its own needs CAP_SYS_RESOURCE, which containers and small machines do not have.
  oomScoreAdj: 0,
  localStorageCapacityIsolation: false,
  evictionHard: {
    'memory.available': '100Mi',
    'nodefs.available': '1%',
    'imagefs.available': '1%',
    'nodefs.inodesFree': '1%',
  },
  resolvConf: '/etc/resolv.conf',
  // Soon shows a static pod to an API server that came up after it.
  syncFrequency: '5s',
};
