import type { BackupActivities, BackupFile, FileKind, Verification } from '../contracts/index.ts';
import { failure } from '../contracts/failures.ts';
import type { NodeShell } from '../node/node-shell.ts';
import { keyChange, readKeyGeneration } from '../openshift/key-generation.ts';
import { releaseNamed } from '../script/releases.ts';
import { takeDirectory } from '../script/take-directory.ts';
import { checkMeta } from '../snapshot/meta.ts';
import { judgeStatus } from '../snapshot/status.ts';
import { judgeTarball, packedSnapshotEntry } from '../snapshot/tarball.ts';
import { inspectFile } from '../transfer/inspect-file.ts';
import type { InspectedFile } from '../transfer/inspect-file.ts';
import { listTarball } from '../transfer/list-tarball.ts';
import { openRangeSession } from '../transfer/range-session.ts';
import { verifyPackedSnapshot } from '../transfer/verify-packed-snapshot.ts';
import { compressSnapshot } from './compress-snapshot.ts';
import type { StepContext } from './step.ts';

type VerifySnapshot = BackupActivities['verifySnapshot'];
type Input = Parameters<VerifySnapshot>[0];

/**
 * Verifies the files of the take on the node and takes down what they are, then looks whether the keys of etcd encryption
 * are still those from before the snapshot. Compresses the snapshot last, for the stores that keep it so. No byte of the files
 * moves before every level passed.
 *
 * @throws `VerificationFailed`, not retryable, with the evidence of what failed
 */
export async function verifySnapshotStep(
  input: Input,
  { resolver, signal, report }: StepContext,
): ReturnType<VerifySnapshot> {
  const { take, node, policy } = input;
  const { api, node: access } = resolver.cluster(input.run.cluster);
  const shell = await access.open(input, signal);
  const verified = await all(
    kinds.map(async (kind) => {
      const name = input.script.fileNames[kind];
      if (name === undefined) return [];
      const inspected = await inspect(shell, input, { kind, name }, { signal, report });
      return [{ file: inspected.file, proof: await prove(shell, input, inspected, signal) }];
    }),
  );
  const files = verified.flat().map(({ file }) => file);
  const verification = verified.flat().flatMap(({ proof }) => proof);
  const failed = verification.filter(({ outcome }) => outcome === 'failed');
  if (failed.length > 0 || files.length === 0) {
    throw failure('VerificationFailed', {
      observed:
        failed.map(({ level, evidence }) => `${level}: ${evidence}`).join(' | ') ||
        'no file to verify',
      where: { node: take.nodeName },
    });
  }

  report('reading the generation of the encryption keys');
  // Where the lock is on the node, the API is known not to answer.
  const asked = policy.mutex === 'nodeLock' ? undefined : api;
  const keys = await readKeyGeneration(asked, shell, take.nodeName, signal);
  const change = node.keys === undefined ? undefined : keyChange(node.keys, keys);
  if (change !== undefined) return { outcome: 'keysChanged', observed: change };

  const compressed = await compressSnapshot(shell, input, files, { signal, report });
  const { warnings } = compressed;
  return {
    outcome: 'verified',
    files: compressed.files,
    verification,
    keys,
    ...(warnings.length === 0 ? {} : { warnings }),
  };
}

const kinds: readonly FileKind[] = ['snapshot', 'staticKubeResources', 'combined'];

async function inspect(
  shell: NodeShell,
  { take, policy, node, script }: Input,
  { kind, name }: { readonly kind: FileKind; readonly name: string },
  { signal, report }: Pick<StepContext, 'signal' | 'report'>,
): Promise<InspectedFile> {
  const { root, backup } = takeDirectory(take);
  const bytesTotal = kind === 'snapshot' ? script.status?.totalSize : undefined;
  return await inspectFile({
    shell,
    kind,
    path: `${backup}/${name}`,
    takeDirectory: root,
    partSizeBytes: policy.partSizeBytes,
    digestTool: node.digestTool,
    signal,
    onProgress: (bytesDone) =>
      report(
        `reading ${name} on the node`,
        bytesTotal === undefined ? { bytesDone } : { bytesDone, bytesTotal },
      ),
  });
}

/** What all of them give, in order; fails as the first of them does, once all have ended. */
async function all<T>(work: readonly Promise<T>[]): Promise<readonly T[]> {
  await Promise.allSettled(work);
  return await Promise.all(work);
}

/** All that can be proven of one file where it lies. */
async function prove(
  shell: NodeShell,
  { node, script }: Input,
  { file, verification }: InspectedFile,
  signal: AbortSignal,
): Promise<readonly Verification[]> {
  if (file.kind === 'snapshot') {
    const { status } = script;
    const told = status === undefined ? [] : [judgeStatus(status, file.sizeBytes)];
    return [...verification, await shapeOf(shell, file, signal), ...told];
  }
  const listing = await listTarball(shell, file.path, signal);
  if (listing.outcome !== 'listed') return [failedShape(listing.observed)];
  const contents = judgeTarball(listing.entries, releaseNamed(node.script.release)?.staticPods);
  if (file.kind === 'staticKubeResources') return [contents];
  const entry = packedSnapshotEntry(listing.entries);
  if (entry === undefined) return [contents, failedShape('the combined file has no snapshot.db')];
  const { digestTool } = node;
  const packed = await verifyPackedSnapshot({ shell, file, entry, digestTool, signal });
  return [contents, ...packed];
}

async function shapeOf(
  shell: NodeShell,
  file: BackupFile,
  signal: AbortSignal,
): Promise<Verification> {
  const source = await openRangeSession(shell, file, signal);
  try {
    return await checkMeta(source, signal);
  } finally {
    await source.close();
  }
}

function failedShape(evidence: string): Verification {
  return { level: 'shape', outcome: 'failed', evidence };
}
