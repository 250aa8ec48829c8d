import { writeFileSync } from 'node:fs';

import { base64, kubeconfigText } from './cluster/kubeconfig.ts';
import type { Pki } from './cluster/pki.ts';
import { apiServerUrl, statePath } from './place.ts';

/** Where `writeKubeconfigs` leaves them. */
export const kubeconfigPaths = {
  /** Of cluster-admin, with client certificate. */
  admin: statePath('admin.kubeconfig'),
  /** Of the backup's service account, with a bearer token. */
  backup: statePath('backup.kubeconfig'),
};

/** Writes both kubeconfigs, for root only, with everything they need inside. */
export function writeKubeconfigs({ apiServerSigner, admin }: Pki, backupToken: string): void {
  const certificateAuthorityData = base64(apiServerSigner.cert);
  const cluster = { server: apiServerUrl, certificateAuthorityData };
  const adminText = kubeconfigText({
    ...cluster,
    user: 'admin',
    clientCertificateData: base64(admin.cert),
    clientKeyData: base64(admin.key),
  });
  const backupText = kubeconfigText({ ...cluster, user: 'etcd-backup', token: backupToken });
  writeFileSync(kubeconfigPaths.admin, adminText, { mode: 0o600 });
  writeFileSync(kubeconfigPaths.backup, backupText, { mode: 0o600 });
}
