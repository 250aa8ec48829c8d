import { expect, test } from 'vitest';

import { judgeScript } from '../../src/script/judge-script.ts';
import type { ScriptOutcome } from '../../src/script/read-outcome.ts';
import { releaseNamed } from '../../src/script/releases.ts';

const take = {
  number: 1,
  nodeName: 'master-0',
  directory: '/home/core/assets/backup/0123456789ab-1',
};
const saved = `snapshot db and kube resources are successfully saved to ${take.directory}/backup`;
const time = '2026-01-02_030405';
const ended: ScriptOutcome = {
  exitCode: 0,
  startedAt: '2026-01-02T03:04:05Z',
  finishedAt: '2026-01-02T03:04:15Z',
  lines: [
    'found latest kube-apiserver: /etc/kubernetes/static-pod-resources/kube-apiserver-pod-7',
    '{"hash":3604107014,"revision":812,"totalKey":800,"totalSize":2400256,"version":"3.6.0"}',
    saved,
  ],
  names: [`snapshot_${time}.db`, `static_kuberesources_${time}.tar.gz`],
  freeBytes: 2 ** 34,
  stopped: false,
  proxySet: false,
};
const judge = (changes: Partial<ScriptOutcome>, since = '4.13') =>
  judgeScript({ ...ended, ...changes }, take, releaseNamed(since)!);
const failing = (lines: readonly string[], exitCode = 1, changes: Partial<ScriptOutcome> = {}) =>
  judge({ exitCode, lines, names: [], ...changes });

test('exit code, success line, both files and etcd’s status together are success', () => {
  expect(judge({})).toEqual({
    outcome: 'succeeded',
    startedAt: ended.startedAt,
    finishedAt: ended.finishedAt,
    status: {
      hash: 3604107014,
      revision: 812,
      totalKey: 800,
      totalSize: 2400256,
      version: '3.6.0',
    },
    possiblyDirty: false,
    fileNames: { snapshot: ended.names[0], staticKubeResources: ended.names[1] },
  });
});

const combined = `snapshot_db_kuberesources_${time}.tar.gz`;
const two = { snapshot: ended.names[0], staticKubeResources: ended.names[1] };

test.each([
  ['4.3.0', [combined], `${saved}/${combined}!`, { combined }],
  ['4.3.2', ended.names, `${saved}!`, two],
  ['4.4', ended.names, saved, two],
  ['4.6', ended.names, saved, two],
])(
  'a script of %s succeeds without a status, which is never guessed',
  (since, names, line, fileNames) => {
    const judged = judge({ names, lines: [line] }, since);
    expect(judged).toMatchObject({ outcome: 'succeeded', fileNames });
    expect(judged).not.toHaveProperty('status');
  },
);

test('a status that a late script of 4.6 prints is kept', () => {
  expect(judge({}, '4.6')).toMatchObject({ status: { revision: 812 } });
});

test.each([
  ['an exit code other than 0', { exitCode: 1 }, 'ScriptFailed'],
  ['no success line', { lines: ended.lines.slice(0, 2) }, 'ScriptFailed'],
  [
    'a success line for another directory',
    { lines: [...ended.lines.slice(0, 2), `${saved}x`] },
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
  ['the one file of 4.3.0', { names: [combined] }, 'ArtefactsUnexpected'],
])('%s is no success', (_, changes, type) => {
  expect(() => judge(changes)).toThrow(expect.objectContaining({ type, nonRetryable: true }));
});

test('a private key beside the files is not collected with them', () => {
  const beside = judge({ names: [...ended.names, 'etcd-client.key'] });
  expect(beside).toEqual(judge({}));
});

test('files that --force marked are none of a script without it', () => {
  const names = ended.names.map((name) => name.replace('05.', '05__POSSIBLY_DIRTY__.'));
  expect(judge({ names })).toMatchObject({ possiblyDirty: true });
  expect(() => judge({ names }, '4.4')).toThrow(
    expect.objectContaining({ type: 'ArtefactsUnexpected' }),
  );
});

const version = 'etcdctl version: 3.3.17';

test.each([
  ['retryLater', 1, ['Currently the etcd operator is progressing.  Aborting!'], /rollout/],
  ['retryLater', 1, ['error finding static-pod-resources for the etcd pod.'], /being replaced/],
  ['otherNode', 1, ['Could not find the status of the etcd.'], /API server/],
  [
    'otherNode',
    1,
    ['Valid kubeconfig is not found in kube-apiserver-certs. Exiting!'],
    /kubeconfig/,
  ],
  ['otherNode', 1, ['required dependencies not found, please ensure'], /etcd static pod/],
  [
    'otherNode',
    1,
    ['cluster-backup.sh: line 57: /etc/x/etcd-scripts/etcd.env: No such file or directory'],
    /etcd static pod/,
  ],
  ['otherNode', 1, ['error finding manifests for the etcd pod.'], /control plane/],
  ['otherNode', 1, ['error finding static-pod-resource etcd-pod'], /control plane/],
  ['otherNode', 1, ['error finding static-pod-resources'], /control plane/],
  ['otherNode', 1, ['backup failed: client certs not found'], /client certificate/],
  ['otherNode', 1, ['mkdir: cannot create directory: Read-only file system'], /read-only/],
  [
    'otherNode',
    5,
    [version, 'Error: dial tcp 127.0.0.1:2379: connection refused'],
    /no etcd member/,
  ],
  ['otherNode', 2, [version], /broke the snapshot off/],
  ['otherNode', 5, [version, 'Error: context deadline exceeded'], /broke the snapshot off/],
  ['otherNode', 6, [version], /could not write/],
  ['otherNode', 128, [version, 'Error: could not open /x/snapshot.db.part'], /could not write/],
])('%s: exit code %i with %j', (advice, exitCode, lines, observed) => {
  expect(failing(lines, exitCode)).toEqual({
    outcome: 'refused',
    advice,
    observed: expect.stringMatching(observed),
  });
});

test.each([
  [
    'VerificationFailed',
    1,
    ['Backup integrity verification failed. Backup appears corrupted.'],
    /refused/,
  ],
  ['NodeDiskFull', 1, ['Error: write /x/snapshot.db.part: no space left on device'], /filled up/],
  ['ScriptFailed', 1, ['Certificate /a is also missing in the second directory.'], /certificates/],
  ['ScriptFailed', 1, ['Could neither pull etcdctl nor find it locally. Exiting!'], /etcd image/],
  [
    'ScriptFailed',
    125,
    ['Error: error pulling image "quay.io/x": unable to pull'],
    /pull the etcd image/,
  ],
  ['ScriptFailed', 5, [version, 'Error: x509: certificate has expired'], /certificate/],
  ['ScriptFailed', 5, [version, 'rpc error: remote error: tls: bad certificate'], /certificate/],
  ['ScriptFailed', 77, ['something nobody knows'], /no line of its output is a known one/],
])('%s, for a person: exit code %i with %j', (type, exitCode, lines, message) => {
  expect(() => failing(lines, exitCode)).toThrow(
    expect.objectContaining({ type, nonRetryable: true, message: expect.stringMatching(message) }),
  );
});

test.each([
  [5, 'the name of the proxy could not be resolved'],
  [6, 'its name could not be resolved'],
  [7, 'the connection was refused'],
  [28, 'no answer came in time'],
  [56, 'the proxy did not let it through'],
  [60, 'TLS failed'],
  [2, 'what came was not the archive, perhaps the page of a proxy'],
])(
  'the script of 4.3.0 that cannot download etcdctl says why: curl exits with %i',
  (exitCode, why) => {
    const lines = ['Creating asset directory ./assets', 'Downloading etcdctl binary..'];
    for (const proxySet of [true, false]) {
      expect(() => failing(lines, exitCode, { proxySet })).toThrow(
        expect.objectContaining({
          type: 'ScriptFailed',
          message: expect.stringContaining(
            `storage.googleapis.com: ${why}; ${proxySet ? 'a' : 'no'} proxy is set for it`,
          ),
          details: [
            expect.objectContaining({
              nextStep: expect.stringContaining('oc get proxy cluster -o yaml'),
            }),
          ],
        }),
      );
    }
  },
);

test('a download that worked is not blamed for what etcdctl met later', () => {
  const lines = ['Downloading etcdctl binary..', version];
  expect(failing(lines, 5)).toMatchObject({ advice: 'otherNode' });
});

test('no line of output is ever repeated: it may hold a password', () => {
  const secret = 'http://user:hunter2@proxy';
  expect(() => failing([`${secret} refused`], 5)).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
  );
  const refused = failing([version, `${secret}: connection refused`], 5);
  expect(JSON.stringify(refused)).not.toContain('hunter2');
});

test('a script that failed on a full disk is told so, although its output was lost', () => {
  const full = { type: 'NodeDiskFull', message: expect.stringContaining('4.0 KiB are free') };
  expect(() => failing([], 1, { freeBytes: 4096 })).toThrow(expect.objectContaining(full));
  expect(() => failing([version], 128, { freeBytes: 4096 })).toThrow(expect.objectContaining(full));
});
