import { type NodeFile, jsonText, publicFile } from '../node/files.ts';
import { etcdUrl, place } from '../place.ts';
import { kubeconfigText } from './kubeconfig.ts';
import type { Pki } from './pki.ts';
import { type StaticPod, hostPath, resourceMounts, staticPodResources } from './static-pod.ts';

/** Where the API server writes its audit log, on the node. */
export const auditLog = '/var/log/kube-apiserver/audit.log';

/** How the API server calls itself in the tokens of service accounts. */
export const serviceAccountIssuer = 'https://kubernetes.default.svc';

const resources = '/etc/kubernetes/static-pod-resources';
const localhostKubeconfig = '/secrets/node-kubeconfigs/localhost.kubeconfig';

/** The API server, with Node and RBAC authorisation. */
export function kubeApiServerStaticPod(image: string, pki: Pki): StaticPod {
  const port = { port: 6443, scheme: 'HTTPS' };
  const container = {
    name: 'kube-apiserver',
    image,
    imagePullPolicy: 'IfNotPresent',
    command: ['/bin/kube-apiserver', ...flags],
    resources: { requests: { cpu: '100m', memory: '400Mi' } },
    readinessProbe: { httpGet: { ...port, path: 'readyz' }, periodSeconds: 2, timeoutSeconds: 5 },
    volumeMounts: [...resourceMounts, { name: 'audit-dir', mountPath: '/var/log/kube-apiserver' }],
  };
  return {
    component: 'kube-apiserver',
    containers: [container],
    volumes: [hostPath('audit-dir', '/var/log/kube-apiserver')],
    revisioned: [
      publicFile('/configmaps/kube-apiserver-audit-policies/policy.yaml', jsonText(auditPolicy)),
      publicFile('/configmaps/etcd-serving-ca/ca-bundle.crt', pki.etcdSigner.cert),
      publicFile('/configmaps/client-ca/ca-bundle.crt', pki.csrSigner.cert),
      publicFile(
        '/configmaps/sa-token-signing-certs/service-account.pub',
        pki.serviceAccount.publicKey,
      ),
      ...tls('etcd-client', pki.etcdClient),
      ...tls('kubelet-client', pki.kubeletClientOfApiServer),
      ...tls('serving-cert', pki.apiServer),
      {
        path: '/secrets/bound-service-account-signing-key/service-account.key',
        content: pki.serviceAccount.key,
      },
    ],
  };
}

/** What the operator keeps on the node beside the revisions: the way to the local API server. */
export function kubeApiServerSharedFiles(pki: Pki): readonly NodeFile[] {
  const directory = `${staticPodResources}/kube-apiserver-certs`;
  const secrets = `${directory}/secrets/node-kubeconfigs`;
  const kubeconfig = kubeconfigText({
    server: 'https://localhost:6443',
    user: 'localhost',
    certificateAuthority: `${secrets}/ca.crt`,
    clientCertificate: `${secrets}/localhost.crt`,
    clientKey: `${secrets}/localhost.key`,
  });
  return [
    { path: `${directory}${localhostKubeconfig}`, content: kubeconfig },
    publicFile(`${secrets}/ca.crt`, pki.apiServerSigner.cert),
    { path: `${secrets}/localhost.crt`, content: pki.nodeAdmin.cert },
    { path: `${secrets}/localhost.key`, content: pki.nodeAdmin.key },
  ];
}

const flags = [
  '--bind-address=0.0.0.0',
  '--secure-port=6443',
  `--advertise-address=${place.nodeAddress}`,
  `--tls-cert-file=${resources}/secrets/serving-cert/tls.crt`,
  `--tls-private-key-file=${resources}/secrets/serving-cert/tls.key`,
  `--client-ca-file=${resources}/configmaps/client-ca/ca-bundle.crt`,
  `--etcd-servers=${etcdUrl}`,
  '--etcd-prefix=kubernetes.io',
  `--etcd-cafile=${resources}/configmaps/etcd-serving-ca/ca-bundle.crt`,
  `--etcd-certfile=${resources}/secrets/etcd-client/tls.crt`,
  `--etcd-keyfile=${resources}/secrets/etcd-client/tls.key`,
  `--kubelet-client-certificate=${resources}/secrets/kubelet-client/tls.crt`,
  `--kubelet-client-key=${resources}/secrets/kubelet-client/tls.key`,
  '--kubelet-preferred-address-types=InternalIP',
  '--authorization-mode=Node,RBAC',
  '--enable-admission-plugins=NodeRestriction',
  '--allow-privileged=true',
  '--service-cluster-ip-range=172.30.0.0/16',
  '--endpoint-reconciler-type=none',
  `--service-account-issuer=${serviceAccountIssuer}`,
  `--service-account-key-file=${resources}/configmaps/sa-token-signing-certs/service-account.pub`,
  `--service-account-signing-key-file=${resources}/secrets/bound-service-account-signing-key/service-account.key`,
  `--audit-policy-file=${resources}/configmaps/kube-apiserver-audit-policies/policy.yaml`,
  `--audit-log-path=${auditLog}`,
];

/** Every request by its URI, which for an exec holds the command line; no body. */
const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata' }],
};

function tls(name: string, { cert, key }: Pki['apiServer']): readonly NodeFile[] {
  return [
    { path: `/secrets/${name}/tls.crt`, content: cert },
    { path: `/secrets/${name}/tls.key`, content: key },
  ];
}
