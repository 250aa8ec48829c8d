import type { FileKind } from '../contracts/index.ts';
import { staticPods } from '../snapshot/tarball.ts';

/** What one generation of the vendor's script promises. */
export interface ScriptRelease {
  /** The first OpenShift version whose script behaves so; its name in facts and manifests. */
  readonly since: string;
  readonly path: string;
  /** `force` is left out where `supportsForce` is false: such a script does not look at operators anyway. */
  readonly argv: (
    backupDirectory: string,
    options: { readonly force: boolean },
  ) => readonly string[];
  /** Whether a line is the one that a script prints last when it succeeded. */
  readonly isSuccessLine: (line: string, backupDirectory: string) => boolean;
  /** The files of a script that succeeded: exactly one of each kind that is here, and none besides. */
  readonly artefacts: { readonly [kind in FileKind]?: RegExp };
  /** The free space a run needs, as a multiple of the database's size. */
  readonly peakDisk: number;
  /** Whether it always prints etcd's own status of the snapshot; where not, it may. */
  readonly statusPromised: boolean;
  readonly supportsForce: boolean;
  /** The static pods whose resources the tarball holds. */
  readonly staticPods: readonly string[];
  /** What a person should know of it, one line each. */
  readonly warnings: readonly string[];
  /** How the script itself is told: it has one of each of `has`, and none of `lacks`. Fixed strings. */
  readonly marks: {
    readonly has: readonly ScriptMark[];
    readonly lacks: readonly ScriptMark[];
  };
}

/**
 * What the text of a script may have.
 *
 * - `combined`: one file of snapshot and static kube resources. `separate`: two of them
 * - `force`: the option `--force`, with the suffix of its files. `status`: etcd's own check of the snapshot
 */
export type ScriptMark = 'combined' | 'separate' | 'force' | 'status';

/** The fixed strings of each mark; one of them is enough. */
export const scriptMarks: Readonly<Record<ScriptMark, readonly string[]>> = {
  combined: ['snapshot_db_kuberesources_'],
  separate: ['static_kuberesources_'],
  force: ['__POSSIBLY_DIRTY__'],
  status: ['check_snapshot_status', 'snapshot status'],
};

/** The newest OpenShift version whose script was compared with this table. */
export const newestProven = '4.20';

const saved = 'snapshot db and kube resources are successfully saved to ';
const time = String.raw`\d{4}-\d{2}-\d{2}_\d{6}`;
const combinedName = new RegExp(String.raw`^snapshot_db_kuberesources_${time}\.tar\.gz$`);

/**
 * `etcd-snapshot-backup.sh` of machine-config-operator, as of 4.3.0.
 *
 * @see https://github.com/openshift/machine-config-operator/pull/1343
 */
const combinedFile: ScriptRelease = {
  since: '4.3.0',
  path: '/usr/local/bin/etcd-snapshot-backup.sh',
  argv: (backupDirectory) => ['/usr/local/bin/etcd-snapshot-backup.sh', backupDirectory],
  isSuccessLine: (line, backupDirectory) => {
    const start = `${saved}${backupDirectory}/`;
    return (
      line.startsWith(start) &&
      line.endsWith('!') &&
      combinedName.test(line.slice(start.length, -1))
    );
  },
  artefacts: { combined: combinedName },
  peakDisk: 3,
  statusPromised: false,
  supportsForce: false,
  staticPods: ['kube-apiserver-pod'],
  warnings: [
    'the script of 4.3.0 and 4.3.1 downloads etcdctl from storage.googleapis.com in every run: the node needs the Internet or a proxy',
    'the script of 4.3.0 and 4.3.1 writes snapshot and static kube resources into one file: where etcd is encrypted it holds the keys too',
  ],
  marks: { has: ['combined'], lacks: [] },
};

/**
 * The same script since it keeps data and keys apart.
 *
 * @see https://github.com/openshift/machine-config-operator/pull/1410
 */
const separateFiles: ScriptRelease = {
  ...combinedFile,
  since: '4.3.2',
  isSuccessLine: (line, backupDirectory) => line === `${saved}${backupDirectory}!`,
  artefacts: artefacts(''),
  peakDisk: 2,
  warnings: [
    'the script of 4.3 fetches etcdctl in every run: the node needs the registry of the etcd image, in the first releases the Internet',
  ],
  marks: { has: ['separate'], lacks: ['combined'] },
};

/**
 * `cluster-backup.sh` of cluster-etcd-operator, as of 4.4 and 4.5 and the first 4.6.
 *
 * @see https://github.com/openshift/cluster-etcd-operator/blob/25cfa4c1a298f754a2ac79d2e545fc693ec9c13f/bindata/etcd/cluster-backup.sh
 */
const clusterBackup: ScriptRelease = {
  since: '4.4',
  path: '/usr/local/bin/cluster-backup.sh',
  argv: (backupDirectory) => ['/usr/local/bin/cluster-backup.sh', backupDirectory],
  isSuccessLine: (line, backupDirectory) => line === `${saved}${backupDirectory}`,
  artefacts: artefacts(''),
  peakDisk: 2,
  statusPromised: false,
  supportsForce: false,
  staticPods,
  warnings: [],
  marks: { has: ['separate'], lacks: ['force'] },
};

/**
 * With `--force`, which leaves out the look at operators and marks the files. Only late releases of 4.6 and 4.7 check the
 * snapshot.
 *
 * @see https://github.com/openshift/cluster-etcd-operator/pull/509
 */
const forcible: ScriptRelease = {
  ...clusterBackup,
  since: '4.6',
  argv: (backupDirectory, { force }) => [
    '/usr/local/bin/cluster-backup.sh',
    ...(force ? ['--force'] : []),
    backupDirectory,
  ],
  artefacts: artefacts('(__POSSIBLY_DIRTY__)?'),
  supportsForce: true,
  marks: { has: ['separate', 'force'], lacks: [] },
};

/**
 * With etcd's own check of the snapshot in every release.
 *
 * @see https://github.com/openshift/cluster-etcd-operator/pull/603
 */
const checking: ScriptRelease = {
  ...forcible,
  since: '4.8',
  statusPromised: true,
  marks: { has: ['separate', 'force', 'status'], lacks: [] },
};

/**
 * With etcdutl for that check, and etcdctl from the etcd image in every run.
 *
 * @see https://github.com/openshift/cluster-etcd-operator/blob/28fcb04375c140ad0541a2b51c5ce753b1b7e0d5/bindata/etcd/cluster-backup.sh
 */
const withEtcdutl: ScriptRelease = { ...checking, since: '4.13' };

/** All of them, the oldest first. */
export const scriptReleases: readonly ScriptRelease[] = [
  combinedFile,
  separateFiles,
  clusterBackup,
  forcible,
  checking,
  withEtcdutl,
];

const newest = withEtcdutl;

/** What ClusterVersion lets one expect of the script; the script on the node has the last word. */
export type ProposedRelease =
  | {
      readonly release: ScriptRelease;
      /** What a person should know, those of the release included. */
      readonly warnings: readonly string[];
    }
  /** Why there can be no backup of this version. */
  | { readonly refused: string };

/**
 * The release whose contract the script of an OpenShift version keeps. Versions that are newer than all that were compared
 * get the newest contract and a warning that says so. Pure.
 */
export function scriptRelease(openshiftVersion: string): ProposedRelease {
  const version = parseVersion(openshiftVersion);
  if (version === undefined) return { refused: `'${openshiftVersion}' is no OpenShift version` };
  const release = scriptReleases.findLast(({ since }) => !isNewer(versionOf(since), version));
  if (release === undefined) return { refused: reasonAgainst(openshiftVersion, version) };
  if (!isNewer([version[0], version[1], 0], versionOf(newestProven))) {
    return { release, warnings: release.warnings };
  }
  const unknown = `OpenShift ${openshiftVersion} is newer than ${newestProven}, the newest whose script is known: its script is expected to behave like that of ${newest.since}`;
  return { release: newest, warnings: [...newest.warnings, unknown] };
}

/** The release of a name that {@link ScriptRelease.since} gave; `undefined` where there is none. */
export function releaseNamed(since: string): ScriptRelease | undefined {
  return scriptReleases.find((release) => release.since === since);
}

type Version = readonly [major: number, minor: number, patch: number];

function reasonAgainst(openshiftVersion: string, [major, minor]: Version): string {
  if (major === 4 && minor > 0) {
    return `the backup script of OpenShift ${openshiftVersion} takes the name of one file, not a directory, and saves no static kube resources, without which nothing can be restored: 4.3.0 is the first that does`;
  }
  return `OpenShift ${openshiftVersion} has no backup script: 4.3.0 is the first whose script is known`;
}

/** Of `4.16.20`, `4.17.0-rc.1` and `4.6`, which is its first release. */
function parseVersion(text: string): Version | undefined {
  const [, major, minor, patch = 0] = /^(\d+)\.(\d+)(?:\.(\d+))?(?![\d.])/.exec(text) ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor), Number(patch)];
}

function versionOf(known: string): Version {
  const version = parseVersion(known);
  if (version === undefined) throw new TypeError(`no version: ${known}`);
  return version;
}

function isNewer(a: Version, b: Version): boolean {
  const [major, minor, patch] = [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
  return (major || minor || patch) > 0;
}

function artefacts(suffix: string): ScriptRelease['artefacts'] {
  return {
    snapshot: new RegExp(String.raw`^snapshot_${time}${suffix}\.db$`),
    staticKubeResources: new RegExp(String.raw`^static_kuberesources_${time}${suffix}\.tar\.gz$`),
  };
}
