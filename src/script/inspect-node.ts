import type { NodeFacts, Take } from '../contracts/index.ts';
import { failure } from '../contracts/failures.ts';
import type { NodeShell } from '../node/node-shell.ts';
import { identifyScript } from './identify-script.ts';
import type { FoundScript } from './identify-script.ts';
import { scriptMarks, scriptReleases } from './releases.ts';
import type { ScriptMark, ScriptRelease } from './releases.ts';

/** What only the node can say of itself, before anything is made on it. */
export interface InspectedNode extends Pick<
  NodeFacts,
  'bootId' | 'script' | 'digestTool' | 'freeBytes' | 'databaseBytes'
> {
  /** What the node's operating system says, often without the last number; absent where it does not say. */
  readonly openshiftVersion?: string;
  /** The contract of the script that is there. */
  readonly release: ScriptRelease;
  /** Tools that the programs of this project need and the node does not have; a node with any is not fit. */
  readonly missingTools: readonly string[];
  /** The size of the file system that the backup directory is on. */
  readonly totalBytes: number;
  /** One line each: those of the release, and where the script is another than the version promises. */
  readonly warnings: readonly string[];
}

/**
 * Asks the node what only it can answer: that `/` is its own root, which script is there and what it promises, which of our
 * tools are missing, and how much space is free where the files will be: the file system of `take.directory`, or of the
 * nearest directory above it that exists. Changes nothing; safe to repeat.
 *
 * `proposed` is the version that ClusterVersion says, where it was asked. The script that is found has the last word.
 *
 * @throws `NodeUnfit` when the shell does not stand in the node's own root; `ScriptMissing` when no script is there, or none
 * that can be used; neither retryable
 */
export async function inspectNode(
  shell: NodeShell,
  take: Pick<Take, 'nodeName' | 'directory'>,
  proposed: string | undefined,
  signal: AbortSignal,
): Promise<InspectedNode> {
  const where = { node: take.nodeName };
  const paths = [...new Set(scriptReleases.map(({ path }) => path))];
  const strings = Object.values(scriptMarks).flat();
  const lists = [...paths, '', ...strings, '', ...tools];
  const { exitCode, stdout, stderr } = await shell.run(
    ['sh', '-c', inspect, 'sh', take.directory, database, ...lists],
    { signal },
  );
  const answers = readAnswers(stdout.toString());
  if (exitCode !== 0) {
    throw failure('NodeUnfit', { observed: `the node could not be inspected: ${stderr}`, where });
  }
  if (answers.get('root')?.[0] !== 'own') {
    throw failure('NodeUnfit', {
      observed: "chroot /host does not lead to the node's own root",
      where,
    });
  }
  const openshiftVersion = answers.get('version')?.[0];
  const { script, release, warnings } = identifyScript(
    foundScripts(answers),
    { proposed, openshiftVersion },
    where,
  );
  const one = (name: string): string => answers.get(name)?.[0] ?? '';
  return {
    bootId: one('boot'),
    ...(openshiftVersion === undefined ? {} : { openshiftVersion }),
    script: { path: script.path, release: release.since, sha256: script.sha256 },
    release,
    missingTools: answers.get('missing') ?? [],
    digestTool: answers.has('openssl') ? 'openssl' : 'sha256sum',
    freeBytes: Number(one('freeKiB')) * 1024,
    totalBytes: Number(one('totalKiB')) * 1024,
    databaseBytes: Number(one('databaseBytes')),
    warnings,
  };
}

type Answers = ReadonlyMap<string, readonly string[]>;

/** Lines of `name=value`; a name may come more than once. */
function readAnswers(text: string): Answers {
  const answers = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [name = '', ...value] = line.split('=');
    answers.set(name, [...(answers.get(name) ?? []), value.join('=')]);
  }
  return answers;
}

function foundScripts(answers: Answers): readonly FoundScript[] {
  const strings = answers.get('string') ?? [];
  return (answers.get('script') ?? []).map((answer) => {
    const [sha256 = '', path = ''] = answer.split(' ');
    const has = (mark: ScriptMark): boolean =>
      scriptMarks[mark].some((text) => strings.includes(`${path} ${text}`));
    const marks = (['combined', 'separate', 'force', 'status'] as const).filter(has);
    return { path, sha256, marks };
  });
}

/** The member's database, on every control plane node. */
const database = '/var/lib/etcd/member/snap/db';

/** Everything our own programs on the node use, beyond the shell. */
const tools = [
  'base64',
  'cat',
  'cut',
  'date',
  'dd',
  'df',
  'env',
  'grep',
  'gzip',
  'head',
  'ln',
  'ls',
  'mkdir',
  'mv',
  'od',
  'readlink',
  'rm',
  'sed',
  'setsid',
  'sha256sum',
  'sleep',
  'sort',
  'stat',
  'tail',
  'tar',
  'tr',
];

// With the node's process ids in sight, process 1 stands in the node's root. Empty words part the three lists.
const inspect = `
directory=$1 database=$2
shift 2
[ "$(stat -L -c %d:%i /proc/1/root)" = "$(stat -c %d:%i /)" ] && echo root=own
paths=
while [ -n "$1" ]; do [ -f "$1" ] && [ -x "$1" ] && paths="$paths $1"; shift; done
shift
for path in $paths; do echo "script=$(sha256sum "$path" | cut -d' ' -f1) $path"; done
while [ -n "$1" ]; do
  for path in $paths; do grep -qF -e "$1" "$path" && echo "string=$path $1"; done
  shift
done
shift
for tool; do command -v "$tool" > /dev/null || echo "missing=$tool"; done
command -v openssl > /dev/null && echo openssl=yes
while [ ! -d "$directory" ]; do directory=\${directory%/*}; [ -n "$directory" ] || directory=/; done
df -Pk "$directory" | tail -n 1 | { read -r _ total _ free _; echo "totalKiB=$total"; echo "freeKiB=$free"; }
sed -n 's/^OPENSHIFT_VERSION="\\{0,1\\}\\([0-9][0-9A-Za-z.+-]*\\)"\\{0,1\\}$/version=\\1/p' /etc/os-release 2> /dev/null | head -n 1
echo "boot=$(cat /proc/sys/kernel/random/boot_id)"
echo "databaseBytes=$(stat -L -c %s "$database" 2> /dev/null || echo 0)"
`;
