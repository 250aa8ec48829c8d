import { dirname } from 'node:path';

import type { BackupFile, StoredFile } from '../../../src/contracts/files.ts';
import type { DebugSession } from '../../../src/contracts/run.ts';
import type { ClusterConnection } from '../../../src/kubernetes/connect.ts';
import type { ExecTiming } from '../../../src/kubernetes/exec-socket.ts';
import { debugPodShell } from '../../../src/node/debug-pod-shell.ts';
import { takeDirectory } from '../../../src/script/take-directory.ts';
import type { BackupStore } from '../../../src/store/backup-store.ts';
import { sealFor } from '../../../src/transfer/seal.ts';
import { uploadDirect } from '../../../src/transfer/upload-direct.ts';
import { uploadFile } from '../../../src/transfer/upload-file.ts';
import type { CustodyRun } from './custody-run.ts';
import type { StorePlace } from './store-place.ts';

/** All that a worker is told of an upload, as plain JSON. */
export interface UploadAttempt extends Pick<CustodyRun, 'transfer' | 'isDirect'> {
  readonly connection: ClusterConnection;
  readonly session: DebugSession;
  readonly timing: Partial<ExecTiming>;
  readonly place: StorePlace;
  /** With its compressed form, where that is sent. */
  readonly file: BackupFile;
  readonly key: string;
  /** For whom it is sealed, where it is. */
  readonly recipients?: readonly string[];
  /** In a process: it dies once the store has so many bytes. */
  readonly diesAtBytes?: number;
}

/** The longest that a server may take on a machine with other things to do. */
const noProgressMs = 170_000;

/** Uploads as the upload step does, once, but with short waits. */
export async function attemptUpload(
  attempt: UploadAttempt,
  store: BackupStore,
  onProgress: (bytesDone: number) => void = () => {},
): Promise<StoredFile> {
  const { connection, session, timing, file, transfer, key, recipients } = attempt;
  const shell = debugPodShell(connection, session, timing);
  const { signal } = new AbortController();
  const { nodeName } = session;
  const take = takeDirectory({ number: 1, nodeName, directory: dirname(file.path) });
  const sent = file.compressed ?? file;
  const common = { shell, store, file, sent, transfer, key, signal, noProgressMs };
  const options = { ...common, retryDelayMs: 1, onProgress };
  if (recipients !== undefined) {
    const { kind } = file;
    const seal = { shell, takeDirectory: take.root, kind, store: store.name, plain: sent };
    return await uploadFile({ ...options, transform: sealFor({ ...seal, recipients }) });
  }
  const isDirect = attempt.isDirect && (await store.capabilities(signal)).presignPart;
  if (!isDirect) return await uploadFile(options);
  return await uploadDirect({
    ...options,
    takeDirectory: take.root,
    environment: take.environment,
  });
}
