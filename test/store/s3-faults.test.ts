import { describe, expect, test } from 'vitest';

import { createFaults, readFaults, uploadFaults } from './fault-promises.ts';
import { geometry, list, S3Bench, whole } from './s3-bench.ts';
import { key, signal } from './store-bench.ts';

const bench = new S3Bench();

describe('an upload to a bucket', () => {
  uploadFaults(bench);

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
  createFaults(bench);

  const manifest = 'prod/a/manifest.json';

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
  readFaults(bench);
});
