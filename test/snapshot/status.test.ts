import { describe, expect, test } from 'vitest';

import { judgeStatus, parseSnapshotStatus } from '../../src/snapshot/status.ts';

describe('the line of etcd’s status check', () => {
  test.each([
    ['of 3.4', '{"hash":1345903121,"revision":1701,"totalKey":170004,"totalSize":659255296}', {}],
    [
      'of 3.6',
      '{"hash":1347556607,"revision":31,"totalKey":30,"totalSize":32768,"version":"3.6.0"}\n',
      { version: '3.6.0' },
    ],
    [
      'of a database of 3.5, seen by 3.6',
      '{"hash":1,"revision":31,"totalKey":30,"totalSize":32768,"version":""}',
      { version: '' },
    ],
    [
      'of a release that says more',
      '{"hash":1,"revision":31,"totalKey":30,"totalSize":32768,"members":3}',
      {},
    ],
  ])('%s is understood', (_, line, extra) => {
    const { hash, revision, totalKey, totalSize } = JSON.parse(line);
    expect(parseSnapshotStatus(line)).toEqual({ hash, revision, totalKey, totalSize, ...extra });
  });

  test.each([
    '',
    'Snapshot saved at /home/core/assets/backup/snapshot.db',
    '{"level":"info","msg":"created temporary db file"}',
    '{"hash":1,"revision":31,"totalKey":30}',
    '{"hash":"1","revision":31,"totalKey":30,"totalSize":32768}',
    '{"hash":1,"revision":31,"totalKey":30,"totalSize":-1}',
    '[1]',
    'null',
  ])('is told from another line: %s', (line) => {
    expect(parseSnapshotStatus(line)).toBeUndefined();
  });
});

describe('the status', () => {
  const status = { hash: 0x50523b3f, revision: 31, totalKey: 30, totalSize: 32_768 };

  test('of this file passes: its database is the file without the trailer', () => {
    expect(judgeStatus({ ...status, version: '3.6.0' }, 32_800)).toEqual({
      level: 'tool',
      outcome: 'passed',
      evidence:
        "etcd's own check passed: hash 50523b3f, revision 31, 30 keys, 32768 bytes, etcd 3.6.0",
    });
  });

  test.each([32_768, 32_799, 36_896])('of another file, of %i bytes, is refused', (sizeBytes) => {
    const { outcome, evidence } = judgeStatus(status, sizeBytes);
    expect(outcome).toBe('failed');
    expect(evidence).toContain(`the file has ${sizeBytes} bytes, expected 32800`);
  });

  test('of a database without a revision is refused', () => {
    expect(judgeStatus({ ...status, revision: 0 }, 32_800).outcome).toBe('failed');
  });
});
