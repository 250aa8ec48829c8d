import { describe, expect, test } from 'vitest';

import { s3PartLimits } from '../../src/store/s3-uploads.ts';
import { probeFaults } from './fault-promises.ts';
import { S3Bench, whole } from './s3-bench.ts';
import { signal } from './store-bench.ts';

const bench = new S3Bench();

describe('what a bucket is found to give', () => {
  probeFaults(bench);

  test('leaves one object there, however often it is asked', async () => {
    const store = bench.open({ prefix: 'a/b' });
    for (const each of [store, store, bench.open({ prefix: 'a/b' })]) {
      expect(await each.capabilities(signal)).toEqual({
        createOnly: true,
        checksumsEnforced: true,
        presignPart: true,
        listUploads: true,
        objectLock: false,
        leastPartSizeBytes: s3PartLimits.leastBytes,
      });
    }
    expect([...bench.server.bucket.objects.keys()]).toEqual(['a/b/.probe']);
    expect(bench.unfinished()).toEqual([]);
  });

  test('is refused when it takes bytes under a wrong checksum, unless that is allowed', async () => {
    await bench.restartWith({ checksums: 'ignored' });
    await expect(bench.open().capabilities(signal)).rejects.toMatchObject({
      type: 'StoreRefused',
      nonRetryable: true,
      message: expect.stringContaining('wrong SHA-256'),
      details: [{ nextStep: expect.stringContaining('allowUncheckedParts') }],
    });
    const allowed = bench.open({ allowUncheckedParts: true });
    expect(await allowed.capabilities(signal)).toMatchObject({ checksumsEnforced: false });
    await bench.upload(allowed);
    expect(bench.stored()).toBe(whole);
  });

  test('is refused when it lets names be taken again, unless that is allowed', async () => {
    await bench.restartWith({ createOnly: false });
    await expect(bench.open().capabilities(signal)).rejects.toMatchObject({
      type: 'StoreRefused',
      details: [{ nextStep: expect.stringContaining('allowOverwriting') }],
    });
    const allowed = bench.open({ allowOverwriting: true });
    expect(await allowed.capabilities(signal)).toMatchObject({ createOnly: false });
  });

  test.each([
    ['refuses and lists them', 'enforced', true],
    ['lists none', 'unlisted', false],
    ['takes any', 'ignored', false],
  ] as const)(
    'lets others send parts where it checks digests: it %s',
    async (_, checksums, can) => {
      await bench.restartWith({ checksums });
      const store = bench.open({ allowUncheckedParts: true });
      expect(await store.capabilities(signal)).toMatchObject({ presignPart: can });
    },
  );

  test('removes the upload of a probe whose worker died long ago', async () => {
    const store = bench.open();
    await store.capabilities(signal);
    const dead = { id: 'dead', key: '.probe', startedMs: 0, headers: {}, parts: new Map() };
    bench.server.bucket.uploads.set('dead', dead);
    await store.capabilities(signal);
    expect(bench.unfinished()).toEqual([]);
  });

  test.each([
    [{ refuse: 403, code: 'AccessDenied' }, 'StoreDenied', 'etcd-backup policy primary'],
    [{ refuse: 403, code: 'InvalidAccessKeyId' }, 'StoreDenied', 'etcd-backup policy primary'],
    [{ refuse: 403, code: 'RequestTimeTooSkewed' }, 'StoreUnavailable', "worker's clock"],
    [{ refuse: 400, code: 'ExpiredToken' }, 'StoreUnavailable', 'Renew'],
    [
      {
        refuse: 301,
        code: 'PermanentRedirect',
        headers: { 'x-amz-bucket-region': 'eu-west-3' },
      },
      'StoreRefused',
      'eu-west-3',
    ],
    [{ refuse: 404, code: 'NoSuchBucket' }, 'StoreUnavailable', 'Make the bucket'],
    [{ refuse: 507, code: 'InsufficientStorage' }, 'StoreUnavailable', 'Free space'],
    [{ refuse: 501, code: 'NotImplemented' }, 'StoreRefused', 'endpoint can do'],
  ] as const)('says what to do about %j', async (fault, type, nextStep) => {
    bench.server.fail('ListObjectsV2', fault, 4);
    await expect(bench.open().capabilities(signal)).rejects.toMatchObject({
      type,
      message: expect.stringContaining(`ListObjectsV2: ${fault.code} (${fault.refuse})`),
      details: [{ nextStep: expect.stringContaining(nextStep) }],
    });
  });
});
