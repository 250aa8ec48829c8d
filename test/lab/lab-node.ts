import type { Lab } from '../../lab/index.ts';
import { waitUntil } from '../../src/testing/index.ts';
import type { HeldScript, HoldPoint } from '../../src/testing/index.ts';

/** The lab's node, as a test looks at it: as root on the node itself, not through the product. */
export interface LabNode {
  /** Runs a program there; fails when it fails. */
  run(argv: readonly string[]): Promise<string>;
  /** The directory that each start of cluster-backup.sh was given, oldest first: the script counts for itself. */
  scriptStarts(): Promise<readonly string[]>;
  /** Makes cluster-backup.sh wait at this point. */
  holdScript(point?: HoldPoint): Promise<void>;
  /** Resolves once cluster-backup.sh waits. */
  scriptHeld(): Promise<HeldScript>;
  /** Lets cluster-backup.sh go on. Safe to repeat. */
  releaseScript(): Promise<void>;
  isRunning(pid: number): Promise<boolean>;
  /** Everything below the backup directory. */
  takes(): Promise<readonly string[]>;
}

/** The node of a lab that is up. */
export function labNode(lab: Lab): LabNode {
  const run: LabNode['run'] = async (argv) => {
    const { exitCode, stdout, stderr } = await lab.exec(argv);
    if (exitCode === 0) return stdout;
    throw new Error(`${argv[0]} on ${lab.nodeName}: ${stderr.trim()} [exitCode=${exitCode}]`);
  };
  const shell = async (script: string): Promise<readonly string[]> =>
    (await run(['bash', '-c', script])).split('\n').filter((line) => line !== '');
  return {
    run,
    scriptStarts: async () =>
      (await shell('cat /var/log/cluster-backup.starts 2>/dev/null || true')).map(
        (line) => line.split(' ')[2] ?? '',
      ),
    holdScript: async (point = 'snapshot') => {
      await shell(`echo ${point} >/etc/cluster-backup.hold`);
    },
    scriptHeld: async () =>
      await waitUntil(
        'cluster-backup.sh held',
        async () => {
          const [line = ''] = await shell(heldScript);
          const [, pid, point] = /^(\d+) (start|snapshot|end)$/.exec(line) ?? [];
          return pid === undefined ? undefined : { pid: Number(pid), point: holdPoint(point) };
        },
        60_000,
      ),
    releaseScript: async () => {
      await shell('rm -f /etc/cluster-backup.hold');
    },
    isRunning: async (pid) => (await lab.exec(['kill', '-0', String(pid)])).exitCode === 0,
    takes: async () =>
      await shell('find /home/core/assets/backup/ -mindepth 1 2>/dev/null || true'),
  };
}

// A script that was killed while it waited has left the file behind.
const heldScript =
  '{ read -r pid point </run/cluster-backup.held && kill -0 "$pid" && echo "$pid $point"; } 2>/dev/null || true';

function holdPoint(text: string | undefined): HoldPoint {
  return text === 'start' || text === 'end' ? text : 'snapshot';
}
