import { etcdScripts } from './etcd-node-files.ts';
import { scriptText } from './namespace-holder.ts';
import { isAtLeast } from './openshift-version.ts';

/** A file that belongs to the backup script of a release. */
export interface ScriptFile {
  /** On the node. */
  readonly path: string;
  readonly text: string;
  readonly mode: number;
}

/** Everything that any release has: what {@link scriptFiles} leaves out of it is of another one. */
export const scriptPaths: readonly string[] = [
  '/usr/local/bin/cluster-backup.sh',
  '/usr/local/bin/etcd-snapshot-backup.sh',
  '/usr/local/bin/openshift-recovery-tools',
  '/usr/local/bin/podman',
  `${etcdScripts}/etcd-common-tools`,
];

/** The backup script as a release has it on its nodes, with what it sources. */
export async function scriptFiles(version: string): Promise<readonly ScriptFile[]> {
  const executable = 0o755;
  if (!isAtLeast(version, '4.4')) {
    const entry = isAtLeast(version, '4.3.2')
      ? 'etcd-snapshot-backup.sh'
      : 'etcd-snapshot-backup-4.3.0.sh';
    return [
      file('etcd-snapshot-backup.sh', await scriptText(entry), executable),
      file(
        'openshift-recovery-tools',
        await joined('openshift-recovery-tools.sh', fetching(version), 'script-hooks.sh'),
        0o644,
      ),
      file('podman', await scriptText('podman.sh'), executable),
    ];
  }
  const commonTools = (text: string) => ({
    path: `${etcdScripts}/etcd-common-tools`,
    text,
    mode: 0o644,
  });
  if (!isAtLeast(version, '4.6')) {
    const mode = isAtLeast(version, '4.5') ? 'true' : 'as_umask_has_it "$1"';
    return [
      file('cluster-backup.sh', await scriptText('cluster-backup-4.4.sh'), executable),
      commonTools(
        `${await joined('etcd-common-tools-4.4.sh', 'script-hooks.sh')}leave_mode() { ${mode}; }\n`,
      ),
    ];
  }
  return [
    file('cluster-backup.sh', await scriptText('cluster-backup.sh'), executable),
    commonTools('# What the vendor keeps here stands in cluster-backup.sh.\n'),
  ];
}

// Where the script has etcdctl from.
function fetching(version: string): string {
  if (isAtLeast(version, '4.3.38')) return 'fetch-etcdctl-pull.sh';
  return isAtLeast(version, '4.3.2') ? 'fetch-etcdctl-image.sh' : 'fetch-etcdctl-download.sh';
}

function file(name: string, text: string, mode: number): ScriptFile {
  return { path: `/usr/local/bin/${name}`, text, mode };
}

async function joined(...names: readonly string[]): Promise<string> {
  return (await Promise.all(names.map(async (name) => await scriptText(name)))).join('');
}
