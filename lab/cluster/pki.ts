import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { execa } from 'execa';

import { place } from '../place.ts';

/** A certificate and its private key, as PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** Every key of the cluster. Which signer signs what is OpenShift's division. */
export interface Pki {
  readonly etcdSigner: KeyPair;
  readonly apiServerSigner: KeyPair;
  /** Signs clients, kubelets among them; the one that rotates after a day. */
  readonly csrSigner: KeyPair;
  readonly etcdServing: KeyPair;
  readonly etcdPeer: KeyPair;
  readonly etcdClient: KeyPair;
  readonly apiServer: KeyPair;
  readonly kubeletClientOfApiServer: KeyPair;
  readonly kubelet: KeyPair;
  readonly kubeletServing: KeyPair;
  readonly admin: KeyPair;
  readonly nodeAdmin: KeyPair;
  readonly serviceAccount: { readonly publicKey: string; readonly key: string };
}

const node = `DNS:${place.nodeName},DNS:localhost,IP:${place.nodeAddress},IP:127.0.0.1`;
const kubernetes = 'DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,IP:172.30.0.1';

/** Makes every key, new ones each time, in an empty directory that only root can read. */
export async function makePki(directory: string): Promise<Pki> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeFileSync(join(directory, 'openssl.cnf'), configuration);
  const openssl = new Openssl(directory);
  const csrSignerName = `/CN=kube-csr-signer_@${Math.floor(Date.now() / 1000)}`;
  const [etcdSigner, apiServerSigner, csrSigner] = await Promise.all([
    openssl.signer('etcd-signer', '/OU=openshift/CN=etcd-signer'),
    openssl.signer('apiserver-signer', '/OU=openshift/CN=kube-apiserver-service-network-signer'),
    openssl.signer('csr-signer', csrSignerName),
  ]);
  const [etcd, api, csr] = ['etcd-signer', 'apiserver-signer', 'csr-signer'] as const;
  const [nodeUser, masters] = [
    `/O=system:nodes/CN=system:node:${place.nodeName}`,
    '/O=system:masters',
  ];
  const [
    etcdServing,
    etcdPeer,
    etcdClient,
    apiServer,
    kubeletClientOfApiServer,
    kubelet,
    kubeletServing,
    admin,
    nodeAdmin,
    serviceAccount,
  ] = await Promise.all([
    openssl.leaf(etcd, 'etcd-serving', `/O=system:etcd-servers/CN=system:etcd-server:etcd`, node),
    openssl.leaf(etcd, 'etcd-peer', `/O=system:etcd-peers/CN=system:etcd-peer:etcd-client`, node),
    openssl.leaf(etcd, 'etcd-client', '/O=system:etcd/CN=etcd-client', node),
    openssl.leaf(api, 'apiserver', '/CN=kube-apiserver', `${node},${kubernetes}`),
    openssl.leaf(csr, 'kubelet-client', `${masters}/CN=system:kube-apiserver`, node),
    openssl.leaf(csr, 'kubelet', nodeUser, node),
    openssl.leaf(csr, 'kubelet-serving', nodeUser, node),
    openssl.leaf(csr, 'admin', `${masters}/CN=system:admin`, node),
    openssl.leaf(csr, 'node-admin', `${masters}/CN=system:kube-apiserver-localhost`, node),
    openssl.serviceAccountKey('service-account'),
  ]);
  return {
    etcdSigner,
    apiServerSigner,
    csrSigner,
    etcdServing,
    etcdPeer,
    etcdClient,
    apiServer,
    kubeletClientOfApiServer,
    kubelet,
    kubeletServing,
    admin,
    nodeAdmin,
    serviceAccount,
  };
}

class Openssl {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  signer(name: string, subject: string): Promise<KeyPair> {
    return this.#certify(name, [...newKey, '-days', '3650', '-subj', subject, '-extensions', 'ca']);
  }

  leaf(signer: string, name: string, subject: string, altNames: string): Promise<KeyPair> {
    const signed = ['-CA', `${signer}.crt`, '-CAkey', `${signer}.key`];
    const argv = [...newKey, ...signed, '-days', '365', '-subj', subject, '-extensions', 'leaf'];
    return this.#certify(name, argv, altNames);
  }

  async serviceAccountKey(name: string): Promise<Pki['serviceAccount']> {
    const key = ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048', '-out', `${name}.key`];
    await this.#run(['genpkey', ...key]);
    await this.#run(['pkey', '-in', `${name}.key`, '-pubout', '-out', `${name}.pub`]);
    return { publicKey: this.#read(`${name}.pub`), key: this.#read(`${name}.key`) };
  }

  async #certify(name: string, argv: readonly string[], altNames = 'DNS:none'): Promise<KeyPair> {
    await this.#run([...argv, '-keyout', `${name}.key`, '-out', `${name}.crt`], altNames);
    return { cert: this.#read(`${name}.crt`), key: this.#read(`${name}.key`) };
  }

  async #run(argv: readonly string[], altNames = 'DNS:none'): Promise<void> {
    await execa('openssl', argv, { cwd: this.#directory, env: { ALT_NAMES: altNames } });
  }

  #read(name: string): string {
    return readFileSync(join(this.#directory, name), 'utf8');
  }
}

const newKey = [
  'req',
  '-x509',
  '-config',
  'openssl.cnf',
  '-nodes',
  '-newkey',
  'ec',
  '-pkeyopt',
  'ec_paramgen_curve:prime256v1',
];

// The machine's own openssl.cnf would make each of them an authority.
const configuration = `[req]
distinguished_name = name
[name]
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign, digitalSignature
subjectKeyIdentifier = hash
[leaf]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature, keyEncipherment
extendedKeyUsage = serverAuth, clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = $ENV::ALT_NAMES
`;
