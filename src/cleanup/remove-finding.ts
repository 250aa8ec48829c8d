import { setTimeout as sleep } from 'node:timers/promises';

import { failure } from '../contracts/failures.ts';
import type { ClusterApi } from '../kubernetes/api.ts';
import { removeExpiredLease } from '../kubernetes/expired-lease.ts';
import { pods, readPod } from '../kubernetes/pod.ts';
import { discardTakeDirectory } from '../script/discard-take-directory.ts';
import { releaseNodeLock } from '../script/node-lock.ts';
import type { Finding, PodFinding } from './finding.ts';
import type { CleanupScene } from './find-everything.ts';

/**
 * Removes one finding, looked at once more: what came to life, or changed hands, since it was found is left alone. Returns
 * why it was left, `undefined` when it is gone. Safe to repeat.
 *
 * @throws what API, node and store throw; `NodeUnreachable`, retryable, when a pod does not go in time
 */
export async function removeFinding(
  { api, visits, resolver }: Pick<CleanupScene, 'api' | 'visits' | 'resolver'>,
  finding: Finding,
  options: { readonly kept: boolean },
  signal: AbortSignal,
): Promise<string | undefined> {
  if (finding.kind === 'pod') {
    await removePod(api, finding, signal);
    return undefined;
  }
  if (finding.kind === 'upload') {
    await resolver.store(finding.store).abort(finding.upload, signal);
    return undefined;
  }
  if (finding.kind === 'lock') {
    const { nodeName, path, run } = finding;
    const claim = { run, backupDirectory: path.slice(0, path.lastIndexOf('/')) };
    await releaseNodeLock(await visits.open(nodeName, signal), claim, signal);
    return undefined;
  }
  const result =
    finding.kind === 'directory'
      ? await discardTakeDirectory(
          await visits.open(finding.nodeName, signal),
          { directory: finding.directory, ...options },
          signal,
        )
      : await removeExpiredLease(
          api,
          { namespace: finding.namespace, holder: finding.run },
          signal,
        );
  return result === 'removed' ? undefined : `it is ${words[result]} now`;
}

const words = {
  alive: 'worked in',
  foreign: 'not marked as ours',
  held: 'held',
  kept: 'marked to stay',
  taken: 'held by another run',
} as const;

/** A node that is there confirms within the pod's grace period. */
const podGoneMs = 120_000;
const pollMs = 500;

async function removePod(
  api: ClusterApi,
  { namespace, name, uid, nodeName }: PodFinding,
  signal: AbortSignal,
): Promise<void> {
  const deleted = await api.deleteObject({ ...pods, namespace, name }, { uid }, signal);
  if (deleted.outcome === 'rejected') {
    throw failure('ClusterDenied', {
      observed: `debug pod: deletion rejected, "${deleted.reason}"`,
    });
  }
  const deadline = performance.now() + podGoneMs;
  while ((await readPod(api, { namespace, name }, signal))?.metadata.uid === uid) {
    if (performance.now() > deadline) {
      throw failure('NodeUnreachable', {
        observed: `debug pod: still there ${podGoneMs / 1000} seconds after its deletion, expected its node to end it`,
        where: { node: nodeName, pod: `${namespace}/${name}` },
      });
    }
    await sleep(pollMs, undefined, { signal });
  }
}
