import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { startEtcd, startStandInCluster } from '../../../src/testing/index.ts';
import type { RunningEtcd, StandInCluster, StandInNode } from '../../../src/testing/index.ts';
import { toolPath } from '../../../tools/paths.mjs';

/** What a run of a script left. */
export interface ScriptResult {
  readonly exitCode: number;
  readonly lines: readonly string[];
  readonly stderr: string;
  /** What the backup directory holds: `<mode> <name>`, sorted. */
  readonly inside: readonly string[];
}

export interface RunOptions {
  /** @default /home/core */
  readonly workingDirectory?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** An etcd with one key. */
export async function etcdWithAKey(): Promise<RunningEtcd> {
  const etcd = await startEtcd({ etcd: toolPath('etcd') });
  const put = ['--endpoints', etcd.endpoint, 'put', 'a key', 'a value'];
  await promisify(execFile)(toolPath('etcdctl'), put);
  return etcd;
}

/** A cluster of one node of this version. */
export async function clusterOf(version: string, etcd: RunningEtcd): Promise<StandInCluster> {
  const tools = { etcdctl: toolPath('etcdctl'), etcdutl: toolPath('etcdutl') };
  return await startStandInCluster({ version, etcd, tools, diskBytes: 256 * 1024 ** 2 });
}

/** Runs the node's script as the manual has it, under the umask of a login. */
export async function runScript(
  node: StandInNode,
  directory: string,
  { workingDirectory = '/home/core', environment = {} }: RunOptions = {},
): Promise<ScriptResult> {
  const script = `umask 022; mkdir -p "$1"; cd "$1"; exec "$(compgen -G '/usr/local/bin/*-backup.sh')" "$2"`;
  const { exitCode, stdout, stderr } = await node.run([
    'env',
    '-i',
    'PATH=/usr/local/bin:/usr/bin:/bin',
    'HOME=/root',
    'LC_ALL=C',
    ...Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    'bash',
    '-c',
    script,
    'run',
    workingDirectory,
    directory,
  ]);
  const found = await node.run(['find', directory, '-type', 'f', '-printf', '%m %f\n']);
  return {
    exitCode,
    lines: stdout.trimEnd().split('\n'),
    stderr,
    inside: found.stdout
      .split('\n')
      .filter((line) => line !== '')
      .toSorted(),
  };
}
