/** What one generation of the vendor's script promises. */
export interface ScriptRelease {
  /** The first OpenShift version whose script behaves so. */
  readonly since: string;
  readonly path: string;
  readonly argv: (backupDirectory: string) => readonly string[];
  /** The last line of a script that succeeded. */
  readonly successLine: (backupDirectory: string) => string;
  readonly snapshotPattern: RegExp;
  readonly staticKubeResourcesPattern: RegExp;
  /** The free space a run needs, as a multiple of the database's size. */
  readonly peakDisk: number;
}

/**
 * `cluster-backup.sh` as cluster-etcd-operator has shipped it since 4.6.
 *
 * @see https://github.com/openshift/cluster-etcd-operator/blob/release-4.16/bindata/etcd/cluster-backup.sh
 */
const clusterBackup: ScriptRelease = {
  since: '4.6',
  path: '/usr/local/bin/cluster-backup.sh',
  argv: (backupDirectory) => ['/usr/local/bin/cluster-backup.sh', backupDirectory],
  successLine: (backupDirectory) =>
    `snapshot db and kube resources are successfully saved to ${backupDirectory}`,
  snapshotPattern: /^snapshot_\d{4}-\d{2}-\d{2}_\d{6}(__POSSIBLY_DIRTY__)?\.db$/,
  staticKubeResourcesPattern:
    /^static_kuberesources_\d{4}-\d{2}-\d{2}_\d{6}(__POSSIBLY_DIRTY__)?\.tar\.gz$/,
  peakDisk: 2,
};

/** The newest release that is not newer than `openshiftVersion`; `undefined` where there is none. */
export function scriptRelease(openshiftVersion: string): ScriptRelease | undefined {
  const [major = 0, minor = 0] = openshiftVersion.split('.').map(Number);
  return major > 4 || (major === 4 && minor >= 6) ? clusterBackup : undefined;
}
