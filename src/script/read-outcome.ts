import type { Take } from '../contracts/index.ts';
import { failure } from '../contracts/failures.ts';
import type { NodeShell } from '../node/node-shell.ts';

/** What a script that ended left in its take's directory. */
export interface ScriptOutcome {
  readonly exitCode: number;
  readonly startedAt: string;
  readonly finishedAt: string;
  /** The last lines of its output, standard output and error together, at most 64 KiB. Stays on the worker. */
  readonly lines: readonly string[];
  /** The names in the directory that it was given. */
  readonly names: readonly string[];
  /** What is free on the file system of that directory, after the end. */
  readonly freeBytes: number;
  /** Whether somebody told it to stop. */
  readonly stopped: boolean;
  /** Whether a proxy was set for it. Only names of variables are read, never a value. */
  readonly proxySet: boolean;
}

/** Reads how a script ended. Changes nothing on the node. */
export async function readOutcome(
  shell: NodeShell,
  take: Take,
  signal: AbortSignal,
): Promise<ScriptOutcome> {
  const { exitCode, stdout } = await shell.run(['sh', '-c', read, 'sh', take.directory], {
    signal,
  });
  const [head = '', names = '', log = ''] = stdout.toString().split('\0');
  const [code, startedAt, finishedAt, freeKiB, ...found] = head.trim().split(/\s+/);
  if (exitCode !== 0 || startedAt === undefined || finishedAt === undefined) {
    throw failure('NodeUnreachable', {
      observed: 'the end of the script could not be read',
      where: { node: take.nodeName, directory: take.directory },
    });
  }
  return {
    exitCode: Number(code),
    startedAt,
    finishedAt,
    lines: log.split('\n').filter((line) => line !== ''),
    freeBytes: Number(freeKiB) * 1024,
    stopped: found.includes('stopped'),
    proxySet: found.includes('proxy'),
    names: names.split('\n').filter((name) => name !== ''),
  };
}

const read = `
cd "$1" || exit 1
cat script/exit-code script/started-at script/finished-at || exit 1
df -Pk . | tail -n 1 | { read -r _ _ _ free _; echo "$free"; }
grep -qiE '^https?_proxy=' environment 2>/dev/null && echo proxy
[ -e script/stop ] && echo stopped
printf '\\000'
ls -A backup 2>/dev/null
printf '\\000'
tail -c 65536 script/log 2>/dev/null || :
`;
