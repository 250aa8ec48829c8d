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
  const { notBefore, notAfter } = around(Date.now());
  const made = await generate([{ name: 'commonName', value: 'kube-apiserver' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: notBefore,
    notAfterDate: notAfter,
    ca: { key: authority.key, cert: authority.certificate },
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true, keyEncipherment: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
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
