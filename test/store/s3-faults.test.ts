import { describe, expect, onTestFinished, test, vi } from 'vitest';

import type { Fault } from './faulty-server.ts';
import { content, geometry, list, S3Bench, whole } from './s3-bench.ts';
import { key, signal } from './store-bench.ts';

const bench = new S3Bench();
const busy: Fault = { refuse: 503, code: 'SlowDown' };

describe('an upload to a bucket', () => {
  test('survives connections that break in the middle of a part', async () => {
    bench.server.fail('UploadPart', { breakAfterBytes: 1_000_000 });
    bench.server.fail('UploadPart', { breakAfterBytes: 3_000_000 });
    await bench.upload(bench.open());
    expect(bench.stored()).toBe(whole);
  });

  test('slows down when it is told to', async () => {
    bench.server.fail('UploadPart', busy, 2);
    bench.server.fail('CompleteMultipartUpload', busy);
    await bench.upload(bench.open());
    expect(bench.stored()).toBe(whole);
  });

  test('gives a store that stays busy up after a few tries, for the next attempt of the step', async () => {
    const store = bench.open();
    const session = await bench.begin(store);
    bench.server.fail('UploadPart', busy, 100);
    await expect(bench.put(store, session)).rejects.toMatchObject({
      type: 'StoreUnavailable',
      nonRetryable: false,
      message: expect.stringContaining('UploadPart: SlowDown (503)'),
    });
    expect(bench.seen('UploadPart')).toHaveLength(4);
  });

  test('goes through the proxy of the environment', async () => {
    vi.stubEnv('http_proxy', bench.server.endpoint);
    onTestFinished(() => void vi.unstubAllEnvs());
    await bench.upload(bench.open({ endpoint: 'http://s3.nowhere.example' }));
    expect(bench.stored()).toBe(whole);
  });

  test('makes one object although the answer to its commit got lost', async () => {
    bench.server.fail('CompleteMultipartUpload', { loseAnswer: true });
    await bench.upload(bench.open());
    expect(bench.stored()).toBe(whole);
    expect(bench.unfinished()).toEqual([]);
  });

  test('is not there when the store said so under a status of success', async () => {
    const store = bench.open();
    const session = await bench.fill(store);
    bench.server.fail('CompleteMultipartUpload', { errorUnder200: 'InternalError' }, 4);
    const failed = store.commit(session, list, signal);
    await expect(failed).rejects.toMatchObject({ type: 'StoreUnavailable', nonRetryable: false });
    expect(bench.stored()).toBeUndefined();
    await store.commit(session, list, signal);
    expect(bench.stored()).toBe(whole);
  });

  test('that the store calls done is not done until the object is seen', async () => {
    const store = bench.open();
    const session = await bench.fill(store);
    bench.server.fail('CompleteMultipartUpload', { pretend: true });
    const failed = store.commit(session, list, signal);
    await expect(failed).rejects.toMatchObject({
      type: 'StoreUnavailable',
      nonRetryable: false,
      message: expect.stringContaining('not there after the store accepted it'),
    });
    await store.commit(session, list, signal);
    expect(bench.stored()).toBe(whole);
  });

  test('leaves no second one behind when another worker was first', async () => {
    const [mine, other] = [bench.open(), bench.open()];
    const session = await bench.fill(mine);
    const first = { ...session, uploadId: 'other' };
    const beOvertaken = () => {
      const upload = bench.server.bucket.uploads.get(session.uploadId)!;
      bench.server.bucket.uploads.set('other', { ...upload, id: 'other' });
      bench.server.bucket.answer({
        operation: 'CompleteMultipartUpload',
        key,
        query: new URLSearchParams({ uploadId: 'other' }),
        headers: {},
        body: Buffer.from(
          [...upload.parts]
            .map(
              ([number, { etag }]) =>
                `<Part><PartNumber>${number}</PartNumber><ETag>${etag}</ETag></Part>`,
            )
            .join(''),
        ),
      });
    };
    bench.server.fail('CompleteMultipartUpload', { before: beOvertaken });
    await mine.commit(session, list, signal);
    await other.commit(first, list, signal);
    expect(bench.stored()).toBe(whole);
    expect(bench.unfinished()).toEqual([]);
  });

  test('begins anew after a conflict, as S3 wants it', async () => {
    const store = bench.open();
    const session = await bench.fill(store);
    bench.server.fail('CompleteMultipartUpload', {
      refuse: 409,
      code: 'ConditionalRequestConflict',
    });
    const failed = store.commit(session, list, signal);
    await expect(failed).rejects.toMatchObject({ type: 'StoreUnavailable', nonRetryable: false });
    expect(bench.unfinished()).toEqual([]);
    await bench.upload(store);
    expect(bench.stored()).toBe(whole);
  });

  test('that began twice because an answer got lost is one', async () => {
    bench.server.fail('CreateMultipartUpload', { loseAnswer: true });
    const session = await bench.begin(bench.open());
    expect(bench.unfinished()).toEqual([session.uploadId]);
  });

  test('in parts that S3 does not take is refused before it begins, with the setting to change', async () => {
    const small = { key, sizeBytes: 20_000_000, partSizeBytes: 1024 * 1024 };
    await expect(bench.open().begin(small, signal)).rejects.toMatchObject({
      type: 'StoreRefused',
      details: [{ nextStep: expect.stringContaining('partSize') }],
    });
    const many = {
      key,
      sizeBytes: 10_001 * geometry.partSizeBytes,
      partSizeBytes: geometry.partSizeBytes,
    };
    await expect(bench.open().begin(many, signal)).rejects.toMatchObject({ type: 'StoreRefused' });
    expect(bench.server.seen).toEqual([]);
  });

  test('never becomes an object of bytes that were damaged on their way', async () => {
    const store = bench.open();
    const session = await bench.begin(store);
    bench.server.fail('UploadPart', { damage: true }, 4);
    await expect(bench.put(store, session)).rejects.toMatchObject({
      type: 'ChecksumMismatch',
      nonRetryable: false,
    });
    expect(await store.listParts(session, signal)).toEqual([]);
  });

  test('never counts where the store changed bytes silently', async () => {
    await bench.restartWith({ checksums: 'ignored' });
    const store = bench.open({ allowUncheckedParts: true });
    const session = await bench.begin(store);
    bench.server.fail('UploadPart', { damage: true });
    await bench.put(store, session);
    await expect(store.commit(session, list, signal)).rejects.toMatchObject({
      type: 'StoreRefused',
    });
  });

  test('to a store that lists no checksums counts what it sent itself, and sends the rest again', async () => {
    await bench.restartWith({ checksums: 'unlisted' });
    const [first, second] = [bench.open(), bench.open()];
    const session = await bench.fill(first);
    expect(await first.listParts(session, signal)).toEqual(list);
    expect(await second.listParts(session, signal)).toEqual([]);
    await first.commit(session, list, signal);
    expect(bench.stored()).toBe(whole);
    await second.commit(session, list, signal);
  });
});

describe('a small object in a bucket', () => {
  const manifest = 'prod/a/manifest.json';

  test('is there once although the answer got lost', async () => {
    bench.server.fail('PutObject', { loseAnswer: true });
    await bench.open().create(manifest, Buffer.from('one'), signal);
    expect(bench.server.bucket.objects.get(manifest)?.bytes.toString()).toBe('one');
  });

  test('is tried again after a conflict', async () => {
    bench.server.fail('PutObject', { refuse: 409, code: 'ConditionalRequestConflict' });
    await bench.open().create(manifest, Buffer.from('one'), signal);
    expect(bench.server.bucket.objects.get(manifest)?.bytes.toString()).toBe('one');
  });

  test('that somebody else wrote with the same length is not ours', async () => {
    bench.server.bucket.objects.set(manifest, { bytes: Buffer.from('one'), headers: {} });
    const refused = bench.open().create(manifest, Buffer.from('two'), signal);
    await expect(refused).rejects.toMatchObject({ type: 'StoreRefused', nonRetryable: true });
  });

  test('is not replaced where the store would let it be', async () => {
    await bench.restartWith({ createOnly: false });
    const store = bench.open({ allowOverwriting: true });
    await store.create(manifest, Buffer.from('one'), signal);
    await store.create(manifest, Buffer.from('one'), signal);
    const other = store.create(manifest, Buffer.from('two'), signal);
    await expect(other).rejects.toMatchObject({ type: 'StoreRefused' });
    expect(bench.server.bucket.objects.get(manifest)?.bytes.toString()).toBe('one');
  });
});

describe('reading from a bucket', () => {
  test('goes on where the answer broke off', async () => {
    const store = bench.open();
    await bench.upload(store);
    bench.server.fail('GetObject', { cutAnswerAfterBytes: 1_000_000 });
    bench.server.fail('GetObject', { cutAnswerAfterBytes: 10 });
    const bytes = Buffer.alloc(geometry.sizeBytes - 5);
    await store.read(key, 5, bytes, signal);
    expect(bytes.equals(content.subarray(5))).toBe(true);
  });

  test('ends with a failure when it breaks off again and again', async () => {
    const store = bench.open();
    await bench.upload(store);
    bench.server.fail('GetObject', { cutAnswerAfterBytes: 10 }, 100);
    const failed = store.read(key, 0, Buffer.alloc(1000), signal);
    await expect(failed).rejects.toMatchObject({ type: 'StoreUnavailable', nonRetryable: false });
  });
});
