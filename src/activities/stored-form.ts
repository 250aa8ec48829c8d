import type { BackupActivities, NodeFile, StoredFile } from '../contracts/index.ts';
import type { NodeShell } from '../node/node-shell.ts';
import { storedName } from '../store/layout.ts';
import { recipientFingerprint } from '../transfer/recipient-fingerprint.ts';
import type { Transform } from '../transfer/object-parts.ts';
import { sealFor } from '../transfer/seal.ts';

/** How one store keeps one file. */
export interface StoredForm {
  /** Of the object: the file's own, and what it takes to open it. */
  readonly name: string;
  /** What of the file is sent: itself, or its compressed form. */
  readonly sent: NodeFile;
  /** How it is sealed on its way; absent where it is not. */
  readonly seal?: (shell: NodeShell) => Transform;
  /** What the record of the stored file says of it besides. */
  readonly record: Pick<StoredFile, 'recipients'>;
}

/** How the store keeps the file, by the policy; compressed only where the file could be. Pure. */
export function storedForm(
  { policy, take, file }: Parameters<BackupActivities['uploadSnapshot']>[0],
  store: string,
): StoredForm {
  const { compression, recipients } = policy.storePolicies?.[store] ?? {};
  const sent = compression === 'zstd' && file.compressed !== undefined ? file.compressed : file;
  const isCompressed = sent !== file;
  const name = storedName(file.name, { isCompressed, isSealed: recipients !== undefined });
  if (recipients === undefined) return { name, sent, record: {} };
  const { directory: takeDirectory } = take;
  const { kind } = file;
  return {
    name,
    sent,
    seal: (shell) => sealFor({ shell, takeDirectory, kind, store, plain: sent, recipients }),
    record: { recipients: recipients.map(recipientFingerprint) },
  };
}
