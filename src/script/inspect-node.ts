import type { NodeFacts, Take } from '../contracts/index.ts';
import { failure } from '../contracts/failures.ts';
import { formatBytes } from '../contracts/index.ts';
import type { NodeShell } from '../node/node-shell.ts';
import { scriptRelease } from './releases.ts';
import type { ScriptRelease } from './releases.ts';

/**
 * Asks the node what only it can answer: that `/` is its own root, that the script and our tools are there, and how much space
 * is free where the files will be. Changes nothing.
 *
 * @throws `ScriptMissing`, `NodeUnfit`, `NodeDiskFull`, not retryable
 */
export async function inspectNode(
  shell: NodeShell,
  take: Take,
  openshiftVersion: string,
  signal: AbortSignal,
): Promise<NodeFacts> {
  const where = { node: take.nodeName };
  const release = scriptRelease(openshiftVersion);
  if (release === undefined) {
    throw failure('ScriptMissing', {
      observed: `no script is known for ${openshiftVersion}`,
      where,
    });
  }
  const { exitCode, stdout, stderr } = await shell.run(
    ['sh', '-c', inspect, 'sh', take.directory, release.path, database, ...tools],
    { signal },
  );
  const answers = new Map(
    stdout
      .toString()
      .split('\n')
      .map((line): [string, string] => {
        const [name = '', ...value] = line.split('=');
        return [name, value.join('=')];
      }),
  );
  if (exitCode !== 0)
    throw failure('NodeUnfit', { observed: `the node could not be inspected: ${stderr}`, where });

  if (answers.get('root') !== 'own') {
    throw failure('NodeUnfit', {
      observed: "chroot /host does not lead to the node's own root",
      where,
    });
  }
  const missing = answers.get('missing') ?? '';
  if (missing !== '') {
    throw failure('NodeUnfit', { observed: `not on the node: ${missing}`, where });
  }
  const sha256 = answers.get('script') ?? '';
  if (sha256 === '') {
    throw failure('ScriptMissing', {
      observed: `${release.path} is not there or not executable`,
      where,
    });
  }
  const facts: NodeFacts = {
    bootId: answers.get('boot') ?? '',
    script: { path: release.path, release: release.since, sha256 },
    digestTool: answers.get('openssl') === 'yes' ? 'openssl' : 'sha256sum',
    freeBytes: Number(answers.get('freeKiB')) * 1024,
    databaseBytes: Number(answers.get('databaseBytes')),
  };
  requireSpace(facts, release, take);
  return facts;
}

/** The member's database, on every control plane node. */
const database = '/var/lib/etcd/member/snap/db';

/** Everything our own programs on the node use, beyond the shell. */
const tools = [
  'cat',
  'cut',
  'date',
  'dd',
  'df',
  'head',
  'ls',
  'mkdir',
  'mv',
  'readlink',
  'rm',
  'sed',
  'setsid',
  'sha256sum',
  'sleep',
  'stat',
  'tail',
  'tar',
  'gzip',
];

// With the node's process ids in sight, process 1 stands in the node's root.
const inspect = `
directory=$1 script=$2 database=$3
shift 3
[ "$(stat -L -c %d:%i /proc/1/root)" = "$(stat -c %d:%i /)" ] && echo root=own
missing=
for tool; do command -v "$tool" > /dev/null || missing="$missing $tool"; done
echo "missing=\${missing# }"
command -v openssl > /dev/null && echo openssl=yes
[ -x "$script" ] && echo "script=$(sha256sum "$script" | cut -d' ' -f1)"
echo "boot=$(cat /proc/sys/kernel/random/boot_id)"
echo "freeKiB=$(df -Pk "$directory" | tail -n 1 | { read -r _ _ _ free _; echo "$free"; })"
echo "databaseBytes=$(stat -L -c %s "$database" 2> /dev/null || echo 0)"
`;

// However small the database, the tarball and the logs need some.
const leastBytes = 16 * 1024 * 1024;

function requireSpace(
  facts: NodeFacts,
  release: ScriptRelease,
  { nodeName, directory }: Take,
): void {
  const expected = Math.max(leastBytes, release.peakDisk * facts.databaseBytes);
  if (facts.freeBytes >= expected) return;
  throw failure('NodeDiskFull', {
    observed: `${formatBytes(facts.freeBytes)} are free, expected ${formatBytes(expected)}: ${release.peakDisk} times the database`,
    where: { node: nodeName, directory },
  });
}
