import { posix } from 'node:path';

import type { BackupFile, StoredFile } from '../../../src/contracts/files.ts';
import { debugPodShell } from '../../../src/node/debug-pod-shell.ts';
import { storedName } from '../../../src/store/layout.ts';
import type { BackupStore } from '../../../src/store/backup-store.ts';
import { compressFile } from '../../../src/transfer/compress-file.ts';
import { inspectFile } from '../../../src/transfer/inspect-file.ts';
import { attemptTiming } from './attempt-timing.ts';
import type { CustodyRun } from './custody-run.ts';
import type { Scene } from './scene.ts';
import { dieOnce } from './die-once.ts';
import { tryAgain } from './try-again.ts';
import { attemptUpload } from './upload-attempt.ts';
import type { UploadAttempt } from './upload-attempt.ts';

/** The object's key in the store of a run. */
export function keyOf(run: CustodyRun): string {
  return `custody/20260101T000000Z-abc/${storedName('snapshot_1.db', run)}`;
}

/** Inspects the file, and compresses it where it is to be stored so: each as often as it takes. */
export async function inspect({ ground, wire, run, path }: Scene): Promise<BackupFile> {
  const common = {
    shell: debugPodShell(wire.connection, ground.session),
    takeDirectory: posix.dirname(path),
    digestTool: run.digestTool,
    signal: new AbortController().signal,
  };
  const look = async (path: string, isCompressed: boolean) => {
    const { kind, partSizeBytes } = { kind: 'staticKubeResources', ...run } as const;
    return await tryAgain(
      async () => await inspectFile({ ...common, kind, isCompressed, path, partSizeBytes }),
    );
  };
  const { file } = await look(path, false);
  if (!run.isCompressed) return file;
  const made = await tryAgain(
    async () => await compressFile({ ...common, file, leastFreeBytes: 0 }),
  );
  if (made.outcome === 'left') throw new Error(`not compressed: ${made.observed}`);
  const { kind: _, ...compressed } = (await look(made.path, true)).file;
  return { ...file, compressed };
}

/**
 * Uploads the file with all that goes wrong in the run, as often as it takes: first in processes that die, then in this one.
 * Returns what every attempt that came to its end said.
 */
export async function upload(
  scene: Scene,
  file: BackupFile,
  through: (store: BackupStore) => BackupStore = (store) => store,
): Promise<readonly StoredFile[]> {
  const { run, store } = scene;
  const attempt = attemptOf(scene, file);
  const persist = async () =>
    await tryAgain(async () => await attemptUpload(attempt, through(store.open())));
  const ends: Promise<StoredFile>[] = [];
  const begin = () => {
    const end = persist();
    // It is waited for with the others.
    end.catch(() => {});
    ends.push(end);
  };
  const beginOther = () => {
    if (run.overlaps && ends.length === 0) begin();
  };
  for (const death of run.deaths) await dieOnce(scene, attempt, death, beginOther);
  beginOther();
  begin();
  if (ends.length > 1) scene.note('attempts: two');
  return await Promise.all(ends);
}

function attemptOf(scene: Scene, file: BackupFile): UploadAttempt {
  const { ground, wire, run, store, reader } = scene;
  const { transfer, isDirect } = run;
  return {
    connection: wire.connection,
    session: ground.session,
    timing: attemptTiming(run),
    place: store.place,
    file,
    transfer,
    isDirect,
    key: keyOf(run),
    ...(reader === undefined ? {} : { recipients: [reader.recipient] }),
  };
}
