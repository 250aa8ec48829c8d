import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { certificateAuthority, issue } from './certificates.ts';
import type { KeyPair } from './certificates.ts';

/** What clients of an etcd need, PEM. */
export interface EtcdCertificates {
  readonly authority: string;
  readonly client: KeyPair;
}

/** Makes the certificates of an etcd, and writes into `directory` what its processes read. */
export async function etcdCertificates(
  directory: string,
  addresses: readonly string[],
): Promise<{ readonly certificates: EtcdCertificates; readonly argv: readonly string[] }> {
  const authority = await certificateAuthority('openshift-etcd_etcd-signer');
  // etcd's gateway presents the server's certificate as that of a client.
  const usages = ['serverAuth', 'clientAuth'] as const;
  const server = await issue(authority, { commonName: 'system:etcd-server', usages, addresses });
  const client = await issue(authority, {
    commonName: 'system:etcd-peer',
    usages: ['clientAuth'],
  });
  const files = {
    'trusted-ca-file': authority.certificate,
    'cert-file': server.certificate,
    'key-file': server.key,
  };
  const argv = await Promise.all(
    Object.entries(files).map(async ([option, content]) => {
      const path = join(directory, `${option}.pem`);
      await writeFile(path, content, { mode: 0o600 });
      return `--${option}=${path}`;
    }),
  );
  return {
    certificates: { authority: authority.certificate, client },
    argv: [...argv, '--client-cert-auth=true'],
  };
}
