import { generate } from 'selfsigned';

const yearMs = 365 * 24 * 60 * 60 * 1000;

/** A certificate and its private key, PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** From when to when a certificate is valid. */
export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** Makes a certificate authority, valid for a year around now. */
export async function certificateAuthority(commonName: string): Promise<KeyPair> {
  return await signer(commonName, around(Date.now()));
}

/** Makes a server certificate for loopback, signed by `authority`. */
export async function serverCertificate(authority: KeyPair): Promise<KeyPair> {
  return await issue(authority, { commonName: 'kube-apiserver', usages: ['serverAuth'] });
}

/** Whom a certificate is for, and what for. */
export interface Issue extends Partial<Validity> {
  readonly commonName: string;
  readonly usages: readonly ('serverAuth' | 'clientAuth')[];
  /** Beside 127.0.0.1. */
  readonly addresses?: readonly string[];
  /** Beside localhost. */
  readonly names?: readonly string[];
}

/** Makes a certificate, signed by `authority`. Of a server: for loopback. @default valid for a year around now */
export async function issue(
  authority: KeyPair,
  { commonName, usages, addresses = [], names = [], ...validity }: Issue,
): Promise<KeyPair> {
  const { notBefore, notAfter } = { ...around(Date.now()), ...validity };
  const made = await generate([{ name: 'commonName', value: commonName }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: notBefore,
    notAfterDate: notAfter,
    ca: { key: authority.key, cert: authority.certificate },
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true, keyEncipherment: true },
      { name: 'extKeyUsage', ...Object.fromEntries(usages.map((usage) => [usage, true])) },
      {
        name: 'subjectAltName',
        altNames: [
          ...['localhost', ...names].map((value) => ({ type: 2 as const, value })),
          ...['127.0.0.1', ...addresses].map((ip) => ({ type: 7 as const, ip })),
        ],
      },
    ],
  });
  return { certificate: made.cert, key: made.private };
}

/**
 * Makes a bundle of signer certificates, as ConfigMap `openshift-config-managed/csr-controller-ca` holds them in
 * `ca-bundle.crt`: one certificate per validity, in that order.
 */
export async function signerBundle(validities: readonly Validity[]): Promise<string> {
  const made = await Promise.all(
    validities.map((validity) =>
      signer(`kube-csr-signer_@${Math.floor(validity.notBefore.getTime() / 1000)}`, validity),
    ),
  );
  return made.map(({ certificate }) => `${certificate.trim()}\n`).join('');
}

async function signer(commonName: string, { notBefore, notAfter }: Validity): Promise<KeyPair> {
  const made = await generate([{ name: 'commonName', value: commonName }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: notBefore,
    notAfterDate: notAfter,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, digitalSignature: true, critical: true },
    ],
  });
  return { certificate: made.cert, key: made.private };
}

function around(time: number): Validity {
  return { notBefore: new Date(time - yearMs / 2), notAfter: new Date(time + yearMs / 2) };
}
