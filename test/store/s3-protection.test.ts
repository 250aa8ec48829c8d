import { describe, expect, test } from 'vitest';

import type { UploadPart } from '../../src/store/backup-store.ts';
import type { S3StoreOptions } from '../../src/store/s3-options.ts';
import { list, S3Bench } from './s3-bench.ts';
import { key, signal } from './store-bench.ts';

const bench = new S3Bench();
const kmsKey = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const dayMs = 24 * 60 * 60 * 1000;
const objectLock = { mode: 'compliance', retainForMs: 30 * dayMs } as const;
const manifest = 'prod/a/manifest.json';

/** What requests that make objects ask for, beside the bytes. */
const askedFor = async (more: Partial<S3StoreOptions>) => {
  const store = bench.open(more);
  await bench.upload(store);
  await store.create(manifest, Buffer.from('{}'), signal);
  const names = /^x-amz-(server-side-encryption|object-lock|storage-class|meta)/;
  return [...bench.seen('CreateMultipartUpload'), ...bench.seen('PutObject')].map(({ headers }) =>
    Object.fromEntries(Object.entries(headers).filter(([name]) => names.test(name))),
  );
};

describe('objects of a bucket', () => {
  test('are marked as ours and ask for nothing that is not configured', async () => {
    const plain = { 'x-amz-meta-temporal-etcd-backup': '1' };
    expect(await askedFor({})).toEqual([plain, plain]);
  });

  test('are encrypted with the KMS key, by a bucket key', async () => {
    const encrypted = {
      'x-amz-meta-temporal-etcd-backup': '1',
      'x-amz-server-side-encryption': 'aws:kms',
      'x-amz-server-side-encryption-aws-kms-key-id': kmsKey,
      'x-amz-server-side-encryption-bucket-key-enabled': 'true',
    };
    expect(await askedFor({ kmsKey })).toEqual([encrypted, encrypted]);
  });

  test('are locked until the retention ends, each from its own beginning', async () => {
    const before = Date.now();
    const until = expect.stringMatching(/^\d{4}-\d\d-\d\dT/);
    const asked = await askedFor({ objectLock });
    expect(asked).toEqual([
      {
        'x-amz-meta-temporal-etcd-backup': '1',
        'x-amz-meta-temporal-etcd-backup-retain-until': until,
        'x-amz-object-lock-mode': 'COMPLIANCE',
        'x-amz-object-lock-retain-until-date': until,
      },
      expect.objectContaining({ 'x-amz-object-lock-mode': 'COMPLIANCE' }),
    ]);
    for (const headers of asked) {
      const date = Date.parse(headers['x-amz-object-lock-retain-until-date'] ?? '');
      expect(date).toBeGreaterThanOrEqual(before + objectLock.retainForMs);
      expect(date).toBeLessThanOrEqual(Date.now() + objectLock.retainForMs + 1000);
    }
  });

  test('have the storage class if they are files, and the default one if they are records', async () => {
    const [file, record] = await askedFor({ storageClass: 'STANDARD_IA' });
    expect(file).toMatchObject({ 'x-amz-storage-class': 'STANDARD_IA' });
    expect(record).not.toHaveProperty('x-amz-storage-class');
  });

  test.each([
    ['in the request and in its signature', {}, () => 'UNSIGNED-PAYLOAD'],
    [
      'and as the payload’s where nobody may check it',
      { allowUncheckedParts: true },
      ({ sha256 }: UploadPart) => sha256,
    ],
  ])('are sent with the checksum of each part, %s', async (_where, options, payloadOf) => {
    await bench.upload(bench.open(options));
    const sent = bench.seen('UploadPart').map(({ headers }) => ({
      checksum: headers['x-amz-checksum-sha256'],
      payload: headers['x-amz-content-sha256'],
      isSigned: /SignedHeaders=[^,]*x-amz-checksum-sha256/.test(headers['authorization'] ?? ''),
      length: headers['content-length'],
      crc32: headers['x-amz-checksum-crc32'],
    }));
    expect(sent).toEqual(
      list.map((part) => ({
        checksum: Buffer.from(part.sha256, 'hex').toString('base64'),
        payload: payloadOf(part),
        isSigned: true,
        length: String(part.sizeBytes),
        crc32: undefined,
      })),
    );
  });

  test('are completed create-only, with their length and every checksum', async () => {
    await bench.upload(bench.open());
    expect(bench.seen('CompleteMultipartUpload').map(({ headers }) => headers)).toMatchObject([
      { 'if-none-match': '*', 'x-amz-mp-object-size': '10486760' },
    ]);
    expect(bench.seen('CreateMultipartUpload').map(({ headers }) => headers)).toMatchObject([
      { 'x-amz-checksum-algorithm': 'SHA256', 'x-amz-checksum-type': 'COMPOSITE' },
    ]);
  });
});

describe('the lock of a stored object', () => {
  test('is what the bucket says of it', async () => {
    const store = bench.open({ objectLock });
    expect(await store.lockOf?.(key, signal)).toBeUndefined();
    await bench.upload(store);
    const { headers } = bench.server.bucket.objects.get(key)!;
    const until = new Date(headers['x-amz-object-lock-retain-until-date']!).toISOString();
    expect(await store.lockOf?.(key, signal)).toEqual({ mode: 'compliance', until });
    const later = '2100-01-01T00:00:00.000Z';
    headers['x-amz-object-lock-retain-until-date'] = later;
    expect(await store.lockOf?.(key, signal)).toEqual({ mode: 'compliance', until: later });
  });

  test('is told where nobody asked for it, and none where there is none', async () => {
    const store = bench.open();
    await bench.upload(store);
    expect(await store.lockOf?.(key, signal)).toBeUndefined();
    const until = '2030-01-01T00:00:00.000Z';
    Object.assign(bench.server.bucket.objects.get(key)!.headers, {
      'x-amz-object-lock-mode': 'GOVERNANCE',
      'x-amz-object-lock-retain-until-date': until,
    });
    expect(await store.lockOf?.(key, signal)).toEqual({ mode: 'governance', until });
  });

  test.each([
    ['that is gone', { 'x-amz-object-lock-mode': '' }],
    ['that can be lifted', { 'x-amz-object-lock-mode': 'GOVERNANCE' }],
    [
      'that ends sooner',
      { 'x-amz-object-lock-retain-until-date': new Date(Date.now() + dayMs).toISOString() },
    ],
  ])('%s is not the one that was asked for', async (_, worse) => {
    const store = bench.open({ objectLock });
    await bench.upload(store);
    Object.assign(bench.server.bucket.objects.get(key)!.headers, worse);
    await expect(store.lockOf?.(key, signal)).rejects.toMatchObject({
      type: 'StoreRefused',
      nonRetryable: true,
      message: expect.stringMatching(/^object lock: .*, expected COMPLIANCE until \d{4}-/),
    });
  });
});

describe('a promised protection that the bucket does not give', () => {
  const refused = { type: 'StoreRefused', nonRetryable: true };

  test('a bucket without Object Lock is refused before anything is stored', async () => {
    await bench.restartWith({ objectLock: 'missing' });
    const store = bench.open({ objectLock });
    const step = { details: [{ nextStep: expect.stringContaining('made with Object Lock') }] };
    await expect(store.capabilities(signal)).rejects.toMatchObject({ ...refused, ...step });
    await expect(bench.begin(store)).rejects.toMatchObject({ ...refused, ...step });
    const created = store.create(manifest, Buffer.from('{}'), signal);
    await expect(created).rejects.toMatchObject(refused);
    expect([...bench.server.bucket.objects.keys()]).toEqual([]);
    expect(bench.unfinished()).toEqual([]);
  });

  test('a lock that is asked for and forgotten is found out', async () => {
    await bench.restartWith({ objectLock: 'ignored' });
    const store = bench.open({ objectLock });
    await expect(store.capabilities(signal)).rejects.toMatchObject({
      ...refused,
      message: expect.stringMatching(/^object lock: none, expected COMPLIANCE until \d{4}-/),
    });
    const session = await bench.fill(store);
    await expect(store.commit(session, list, signal)).rejects.toMatchObject(refused);
    const created = store.create(manifest, Buffer.from('{}'), signal);
    await expect(created).rejects.toMatchObject(refused);
  });

  test('a lock that ends too soon, or that can be lifted, is not the promised one', async () => {
    const store = bench.open({ objectLock });
    await store.create(manifest, Buffer.from('{}'), signal);
    const object = bench.server.bucket.objects.get(manifest)!;
    const soon = new Date(Date.now() + dayMs).toISOString();
    for (const worse of [
      { 'x-amz-object-lock-retain-until-date': soon },
      { 'x-amz-object-lock-mode': 'GOVERNANCE' },
    ]) {
      bench.server.bucket.objects.set(manifest, {
        ...object,
        headers: { ...object.headers, ...worse },
      });
      const created = store.create(manifest, Buffer.from('{}'), signal);
      await expect(created).rejects.toMatchObject(refused);
    }
  });

  test('encryption that is asked for and not given is refused before a byte is sent, and leaves no upload', async () => {
    await bench.restartWith({ kms: false });
    const store = bench.open({ kmsKey });
    await expect(store.capabilities(signal)).rejects.toMatchObject(refused);
    await expect(bench.begin(store)).rejects.toMatchObject(refused);
    expect(bench.unfinished()).toEqual([]);
    expect(bench.server.bucket.objects.has(key)).toBe(false);
  });
});
