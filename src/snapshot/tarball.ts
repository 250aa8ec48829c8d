import type { Verification } from '../contracts/verification.ts';

/**
 * The static pods whose resources a restore reads from the tarball since 4.4.
 *
 * @see https://github.com/openshift/cluster-etcd-operator/blob/release-4.18/bindata/etcd/cluster-restore.sh
 */
export const staticPods = [
  'kube-apiserver-pod',
  'kube-controller-manager-pod',
  'kube-scheduler-pod',
  'etcd-pod',
] as const;

/**
 * Judges by its entries whether a tarball of static kube resources holds what a restore needs: level `shape`. Each of
 * `pods` needs `static-pod-resources/<pod>-<revision>/` with something inside. Entries may be cut after the third segment.
 */
export function judgeTarball(
  entries: readonly string[],
  pods: readonly string[] = staticPods,
): Verification {
  const found = pods.map((pod) => ({ pod, revisions: revisionsOf(pod, entries) }));
  const missing = found.filter(({ revisions }) => revisions.length === 0);
  if (missing.length > 0) {
    const names = missing.map(({ pod }) => `static-pod-resources/${pod}-<revision>/…`).join(', ');
    const evidence = `the tarball opens and has ${entries.length} entries, without ${names}`;
    return { level: 'shape', outcome: 'failed', evidence };
  }
  const names = found.flatMap(({ pod, revisions }) => revisions.map((n) => `${pod}-${n}`));
  const evidence = `the tarball opens and holds ${names.join(', ')}`;
  return { level: 'shape', outcome: 'passed', evidence };
}

function revisionsOf(pod: string, entries: readonly string[]): readonly number[] {
  const inside = new RegExp(String.raw`^(?:\./)?static-pod-resources/${pod}-(\d+)/.`);
  const revisions = entries.flatMap((entry) => {
    const revision = inside.exec(entry)?.[1];
    return revision === undefined ? [] : [Number(revision)];
  });
  return [...new Set(revisions)].sort((a, b) => a - b);
}

/** The entry of the snapshot in a combined file; `undefined` where it has none. */
export function packedSnapshotEntry(entries: readonly string[]): string | undefined {
  return entries.find((entry) => /^(?:\.\/)?snapshot\.db$/.test(entry));
}
