import { expect, test } from 'vitest';

import { judgeTarball, packedSnapshotEntry } from '../../src/snapshot/tarball.ts';

const complete = [
  'static-pod-resources/kube-apiserver-pod-7/',
  'static-pod-resources/kube-apiserver-pod-7/kube-apiserver-pod.yaml',
  'static-pod-resources/kube-controller-manager-pod-5/configmaps/',
  'static-pod-resources/kube-scheduler-pod-4/kube-scheduler-pod.yaml',
  'static-pod-resources/etcd-pod-3/secrets/',
];

test('a tarball with the resources of all four static pods holds what a restore needs', () => {
  expect(judgeTarball(complete)).toEqual({
    level: 'shape',
    outcome: 'passed',
    evidence:
      'the tarball opens and holds kube-apiserver-pod-7, kube-controller-manager-pod-5, kube-scheduler-pod-4, etcd-pod-3',
  });
  expect(judgeTarball(complete.map((entry) => `./${entry}`)).outcome).toBe('passed');
});

test.each(['kube-apiserver-pod', 'kube-controller-manager-pod', 'kube-scheduler-pod', 'etcd-pod'])(
  'a tarball without %s is refused, and the pod is named',
  (pod) => {
    const { outcome, evidence } = judgeTarball(complete.filter((entry) => !entry.includes(pod)));
    expect(outcome).toBe('failed');
    expect(evidence).toContain(`static-pod-resources/${pod}-<revision>/`);
  },
);

test('a tarball whose directory of a pod is empty is refused', () => {
  const empty = complete.map((entry) => entry.replace('/secrets/', '/'));
  expect(judgeTarball(empty)).toMatchObject({
    outcome: 'failed',
    evidence: expect.stringContaining('etcd-pod'),
  });
});

test.each([
  ['no entries', []],
  ['entries elsewhere', complete.map((entry) => `other/${entry}`)],
  ['no revisions', complete.map((entry) => entry.replace(/-\d+\//, '/'))],
])('a tarball with %s is refused', (_, entries) => {
  expect(judgeTarball(entries)).toMatchObject({ level: 'shape', outcome: 'failed' });
});

test('a tarball of 4.3 holds kube-apiserver alone, and needs that', () => {
  const pods = ['kube-apiserver-pod'];
  expect(judgeTarball(complete.slice(0, 2), pods)).toMatchObject({ outcome: 'passed' });
  expect(judgeTarball(complete.slice(2), pods)).toMatchObject({
    outcome: 'failed',
    evidence: expect.stringContaining('kube-apiserver-pod'),
  });
});

test('the snapshot in a combined file is found by its name alone', () => {
  for (const entry of ['snapshot.db', './snapshot.db']) {
    expect(packedSnapshotEntry([...complete, entry])).toBe(entry);
  }
  const others = ['snapshot.db.part', 'other/snapshot.db', 'snapshotXdb'];
  expect(packedSnapshotEntry([...complete, ...others])).toBeUndefined();
});
