import { processState } from '../../src/script/process-state.ts';
import type { StandInNode } from '../../src/testing/index.ts';
import { waitUntil } from '../../src/testing/index.ts';

/** Below which every take has its directory. */
export const backupDirectory = '/home/core/assets/backup';

/** What a dead run can leave on a node, made by hand. */
export interface TakesOnNode {
  /** A marked directory of a take with a file in it; nothing works there. */
  dead(name: string): Promise<string>;
  /** The same, marked to stay. */
  kept(name: string): Promise<string>;
  /** The same, and its script runs, elsewhere. */
  running(name: string): Promise<string>;
  /** The same, and a process works in it that nobody wrote down. */
  workedIn(name: string): Promise<string>;
  /** A directory without a mark. */
  unmarked(name: string): Promise<string>;
  /** A directory with the mark of another. */
  mismarked(name: string): Promise<string>;
  /** A symbolic link to a marked directory elsewhere; returns that. */
  linked(name: string): Promise<string>;
  /** The lock of the node, held by this run; renewed so many minutes ago. */
  lock(run: string, renewedMinutesAgo: number): Promise<void>;
  /** The names in the backup directory. */
  names(): Promise<readonly string[]>;
  /** Ends what was started and removes everything. */
  clear(): Promise<void>;
}

export function takesOnNode(node: () => StandInNode): TakesOnNode {
  const sh = async (script: string, ...argv: string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await node().run(['sh', '-c', script, 'sh', ...argv]);
    if (exitCode !== 0) throw new Error(`${script}: ${stderr}`);
    return stdout;
  };
  const make = async (directory: string, owner?: string): Promise<string> => {
    await sh('mkdir -p "$1/backup" && echo bytes > "$1/backup/snapshot.db"', directory);
    if (owner !== undefined) await sh('echo "$2" > "$1/etcd-backup-run"', directory, owner);
    return directory;
  };
  const owner = (name: string): string => `temporal-etcd-backup ${name.replace('-', ' ')}`;
  const dead = async (name: string): Promise<string> =>
    await make(`${backupDirectory}/${name}`, owner(name));
  const names = async (): Promise<readonly string[]> =>
    (await sh('ls -A "$1" 2>/dev/null || :', backupDirectory)).split('\n').filter(Boolean);
  const started = async (directory: string, script: string): Promise<string> => {
    await node().run(['setsid', '-f', 'sh', '-c', script, 'sh', directory]);
    const pid = async () => (await sh('cat "$1/pid" 2>/dev/null || :', directory)) || undefined;
    await waitUntil('the process', pid);
    return directory;
  };

  return {
    dead,
    async kept(name) {
      const directory = await dead(name);
      await sh(': > "$1/kept"', directory);
      return directory;
    },
    running: async (name) => await started(await dead(name), running),
    workedIn: async (name) => await started(await dead(name), workedIn),
    unmarked: async (name) => await make(`${backupDirectory}/${name}`),
    mismarked: async (name) => await make(`${backupDirectory}/${name}`, owner('zzzzzzzzzzzz-1')),
    async linked(name) {
      const directory = await make(`/home/core/elsewhere/${name}`, owner(name));
      await sh('mkdir -p "$2" && ln -s "$1" "$2"', directory, backupDirectory);
      return directory;
    },
    async lock(run, renewedMinutesAgo) {
      const lock = `${backupDirectory}/.lock`;
      await sh('mkdir -p "$1" && echo "$2" > "$1/holder"', lock, run);
      await sh('touch -d "$2 minutes ago" "$1/holder"', lock, String(renewedMinutesAgo));
    },
    names,
    async clear() {
      await sh(clear, backupDirectory, '/home/core/elsewhere');
    },
  };
}

const running = `
exec > /dev/null 2>&1 < /dev/null
cd "$1" && mkdir script || exit 1
${processState}
echo "$$ $(start_time $$) $(boot_id)" > script/process
cd / && echo $$ > "$1/pid"
exec sleep 1000
`;

const workedIn = `
exec > /dev/null 2>&1 < /dev/null
cd "$1/backup" && echo $$ > ../pid
exec sleep 1000
`;

const clear = `
for pid in "$1"/*/pid; do [ -f "$pid" ] && kill -9 "$(cat "$pid")" 2>/dev/null; done
rm -rf "$1" "$2"
`;
