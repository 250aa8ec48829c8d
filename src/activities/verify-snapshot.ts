import type { BackupActivities, BackupFile, Verification } from '../contracts/index.ts';
import { failure } from '../contracts/failures.ts';
import { takeDirectory } from '../script/take-directory.ts';
import { checkMeta } from '../snapshot/meta.ts';
import { judgeStatus } from '../snapshot/status.ts';
import { judgeTarball } from '../snapshot/tarball.ts';
import { inspectFile } from '../transfer/inspect-file.ts';
import { listTarball } from '../transfer/list-tarball.ts';
import { openRangeSession } from '../transfer/range-session.ts';
import type { StepContext } from './step.ts';

type VerifySnapshot = BackupActivities['verifySnapshot'];

/**
 * Verifies both files on the node and takes down what they are. No byte of them moves before every level passed.
 *
 * @throws `VerificationFailed`, not retryable, with the evidence of what failed
 */
export async function verifySnapshotStep(
  input: Parameters<VerifySnapshot>[0],
  { resolver, signal, report }: StepContext,
): ReturnType<VerifySnapshot> {
  const { take, policy, node, script } = input;
  const shell = await resolver.cluster(input.run.cluster).node.open(input, signal);
  const { root, backup } = takeDirectory(take);
  const inspect = (kind: 'snapshot' | 'staticKubeResources', bytesTotal?: number) => {
    const name = script.fileNames[kind];
    const onProgress = (bytesDone: number): void =>
      report(
        `reading ${name} on the node`,
        bytesTotal === undefined ? { bytesDone } : { bytesDone, bytesTotal },
      );
    return inspectFile({
      shell,
      kind,
      path: `${backup}/${name}`,
      takeDirectory: root,
      partSizeBytes: policy.partSizeBytes,
      digestTool: node.digestTool,
      signal,
      onProgress,
    });
  };

  const snapshot = await inspect('snapshot', script.status.totalSize);
  const tarball = await inspect('staticKubeResources');
  const files: readonly BackupFile[] = [snapshot.file, tarball.file];

  const source = await openRangeSession(shell, snapshot.file, signal);
  let meta: Verification;
  try {
    meta = await checkMeta(source, signal);
  } finally {
    await source.close();
  }
  const listing = await listTarball(shell, tarball.file.path, signal);
  const contents: Verification =
    listing.outcome === 'listed'
      ? judgeTarball(listing.entries)
      : { level: 'shape', outcome: 'failed', evidence: listing.observed };

  const verification = [
    ...snapshot.verification,
    meta,
    contents,
    judgeStatus(script.status, snapshot.file.sizeBytes),
  ];
  const failed = verification.filter(({ outcome }) => outcome === 'failed');
  if (failed.length > 0) {
    throw failure('VerificationFailed', {
      observed: failed.map(({ level, evidence }) => `${level}: ${evidence}`).join(' | '),
      where: { node: take.nodeName },
    });
  }
  return { files, verification };
}
