import { placesOf } from '../contracts/index.ts';
import type { BackupActivities, BackupFile } from '../contracts/index.ts';
import type { NodeShell } from '../node/node-shell.ts';
import { takeDirectory } from '../script/take-directory.ts';
import { compressFile } from '../transfer/compress-file.ts';
import { inspectFile } from '../transfer/inspect-file.ts';
import type { StepContext } from './step.ts';

/** The files of a take with their compressed forms, and what could not be compressed. */
export interface CompressedFiles {
  readonly files: readonly BackupFile[];
  readonly warnings: readonly string[];
}

/**
 * Compresses the snapshot on its node where a store of the policy keeps it so: once, before it is sealed for anybody, so that no
 * attempt ever seals another form of it. The tarballs are compressed already. What cannot be compressed stays as it is, with a
 * warning. Fails as `compressFile` and `inspectFile` do.
 */
export async function compressSnapshot(
  shell: NodeShell,
  { policy, take, node }: Parameters<BackupActivities['verifySnapshot']>[0],
  files: readonly BackupFile[],
  { signal, report }: Pick<StepContext, 'signal' | 'report'>,
): Promise<CompressedFiles> {
  const stores = placesOf(policy)
    .map(({ snapshot }) => snapshot)
    .filter((store) => policy.storePolicies?.[store]?.compression === 'zstd');
  const file = files.find(({ kind }) => kind === 'snapshot');
  if (stores.length === 0 || file === undefined) return { files, warnings: [] };
  const { root } = takeDirectory(take);
  const { leastFreeBytes, digestTool } = node;
  const common = { shell, takeDirectory: root, digestTool, signal };
  report(`compressing ${file.name} on the node`);
  const made = await compressFile({ ...common, file, leastFreeBytes });
  if (made.outcome === 'left') {
    const where = [...new Set(stores)].join(', ');
    return { files, warnings: [`stored without compression in ${where}: ${made.observed}`] };
  }
  const inspected = await inspectFile({
    ...common,
    kind: file.kind,
    isCompressed: true,
    path: made.path,
    partSizeBytes: file.partSizeBytes,
  });
  const { kind: _kind, ...compressed } = inspected.file;
  return {
    files: files.map((each) => (each === file ? { ...file, compressed } : each)),
    warnings: [],
  };
}
