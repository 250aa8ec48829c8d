import type { BackupFile } from '../../src/contracts/files.ts';
import type { NodeShell } from '../../src/node/node-shell.ts';
import { waitUntil } from '../../src/testing/index.ts';
import type { StandInCluster } from '../../src/testing/index.ts';
import { openRangeSession } from '../../src/transfer/range-session.ts';

/** A session that was cut in the middle of a range, and of which no process is left. */
export interface CutSession {
  readonly isCompressed: boolean;
  /** Whether its processes were there before. */
  readonly wasRunning: boolean;
  readonly failure: unknown;
}

/** Cuts a session, and waits until none of its processes is left: they are known by these words of their command lines. */
export async function cutSession(
  cluster: StandInCluster,
  shell: NodeShell,
  file: BackupFile,
  words: RegExp,
): Promise<CutSession> {
  const running = async (): Promise<boolean> => {
    const script = 'for each in /proc/[0-9]*; do tr "\\0" " " <"$each/cmdline"; echo; done';
    const { stdout } = await shell.run(['sh', '-c', `{ ${script}; } 2>/dev/null`]);
    return words.test(stdout.toString());
  };
  const session = await openRangeSession(shell, file, new AbortController().signal, 'auto');
  const { isCompressed } = session;
  const wasRunning = await running();
  const lost = session.read(0, Buffer.alloc(file.sizeBytes));
  cluster.faults.cutExecs();
  const failure = await lost.catch((error: unknown) => error);
  await waitUntil('no process', async () => !(await running()) || undefined);
  await session.close();
  return { isCompressed, wasRunning, failure };
}
