import { expect, test } from 'vitest';

import { judgeScript } from '../../src/script/judge-script.ts';
import type { ScriptOutcome } from '../../src/script/read-outcome.ts';
import { scriptRelease } from '../../src/script/releases.ts';

const take = {
  number: 1,
  nodeName: 'master-0',
  directory: '/home/core/assets/backup/0123456789ab-1',
};
const release = scriptRelease('4.16.20')!;
const ended: ScriptOutcome = {
  exitCode: 0,
  startedAt: '2026-01-02T03:04:05Z',
  finishedAt: '2026-01-02T03:04:15Z',
  lines: [
    'found latest kube-apiserver: /etc/kubernetes/static-pod-resources/kube-apiserver-pod-7',
    '{"hash":3604107014,"revision":812,"totalKey":800,"totalSize":2400256,"version":"3.6.0"}',
    `snapshot db and kube resources are successfully saved to ${take.directory}/backup`,
  ],
  names: ['snapshot_2026-01-02_030405.db', 'static_kuberesources_2026-01-02_030405.tar.gz'],
  freeBytes: 2 ** 34,
};
const judge = (changes: Partial<ScriptOutcome>) =>
  judgeScript({ ...ended, ...changes }, take, release);

test('exit code, success line, both files and etcd’s status together are success', () => {
  expect(judge({})).toMatchObject({
    outcome: 'succeeded',
    status: { hash: 3604107014, revision: 812, totalSize: 2400256 },
    possiblyDirty: false,
    fileNames: { snapshot: ended.names[0], staticKubeResources: ended.names[1] },
  });
});

test.each([
  ['an exit code other than 0', { exitCode: 1 }, 'ScriptFailed'],
  ['no success line', { lines: ended.lines.slice(0, 2) }, 'ScriptFailed'],
  [
    'a success line for another directory',
    { lines: [...ended.lines.slice(0, 2), `${ended.lines[2]}x`] },
    'ScriptFailed',
  ],
  ['no status of the snapshot', { lines: ended.lines.slice(2) }, 'ScriptFailed'],
  ['no snapshot', { names: ended.names.slice(1) }, 'ArtefactsUnexpected'],
  ['no tarball', { names: ended.names.slice(0, 1) }, 'ArtefactsUnexpected'],
  [
    'two snapshots',
    { names: [...ended.names, 'snapshot_2026-01-02_030406.db'] },
    'ArtefactsUnexpected',
  ],
  [
    'an unfinished snapshot',
    { names: [`${ended.names[0]}.part`, ended.names[1]!] },
    'ArtefactsUnexpected',
  ],
  [
    'a name with more after it',
    { names: [ended.names[0]!, `${ended.names[1]};rm`] },
    'ArtefactsUnexpected',
  ],
])('%s is no success', (_, changes, type) => {
  expect(() => judge(changes)).toThrow(expect.objectContaining({ type, nonRetryable: true }));
});

test.each([
  ['Currently the etcd operator is progressing.  Aborting!', 'ScriptFailed', /rollout/],
  ['Could not find the status of the etcd.', 'NodeUnfit', /API server/],
  ['Valid kubeconfig is not found in kube-apiserver-certs. Exiting!', 'NodeUnfit', /kubeconfig/],
  ['required dependencies not found, please ensure', 'NodeUnfit', /static pod/],
  ['error finding static-pod-resources for the etcd pod.', 'NodeUnfit', /replaced/],
  [
    'Backup integrity verification failed. Backup appears corrupted.',
    'VerificationFailed',
    /refused/,
  ],
  ['Error: write /x/snapshot.db.part: no space left on device', 'NodeDiskFull', /filled up/],
])('the line "%s" is told as %s', (line, type, message) => {
  expect(() => judge({ exitCode: 1, lines: [line] })).toThrow(
    expect.objectContaining({ type, message: expect.stringMatching(message) }),
  );
});

test('an unknown line of output is never repeated: it may hold a password', () => {
  const lines = ['proxy http://user:hunter2@proxy refused'];
  expect(() => judge({ exitCode: 5, lines })).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
  );
});

test('a script that failed on a full disk is told so, although its output was lost', () => {
  expect(() => judge({ exitCode: 1, lines: [], names: [], freeBytes: 4096 })).toThrow(
    expect.objectContaining({
      type: 'NodeDiskFull',
      message: expect.stringContaining('4.0 KiB are free'),
    }),
  );
});

test('files that --force made are told as possibly dirty', () => {
  const names = ended.names.map((name) => name.replace('05.', '05__POSSIBLY_DIRTY__.'));
  expect(judge({ names }).possiblyDirty).toBe(true);
});

test.each(['4.5.9', '4.3.0', '3.11'])('the contract of %s is not known', (version) => {
  expect(scriptRelease(version)).toBeUndefined();
});
