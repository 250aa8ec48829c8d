import { describe, expect, test } from 'vitest';

import { AzureBench, content, list, parts, whole } from './azure-bench.ts';
import { partsOf } from './content.ts';
import { createFaults, readFaults, uploadFaults } from './fault-promises.ts';
import { key, signal } from './store-bench.ts';

const bench = new AzureBench();
const refused = { type: 'StoreRefused', nonRetryable: true };

describe('an upload to a container', () => {
  uploadFaults(bench);

  test('is one object when another worker was first', async () => {
    const store = bench.open();
    const session = await bench.fill(store);
    const { container } = bench.server;
    bench.server.fail('Put Block List', {
      before: () => {
        const blocks = [...container.uncommitted.get(key)!.values()].slice(1);
        const headers = { 'x-ms-meta-temporal_etcd_backup': '1' };
        container.blobs.set(key, { bytes: content, headers, blocks });
        container.uncommitted.delete(key);
      },
    });
    await store.commit(session, list, signal);
    expect(bench.stored()).toBe(whole);
  });

  test('does not take an object of the same length and other bytes for its own', async () => {
    const store = bench.open();
    const session = await bench.fill(store);
    const { container } = bench.server;
    const blocks = [...container.uncommitted.get(key)!.values()].slice(1);
    const [first, second, third] = blocks;
    bench.server.fail('Put Block List', {
      before: () => {
        const headers = { 'x-ms-meta-temporal_etcd_backup': '1' };
        const swapped = [second!, first!, third!];
        container.blobs.set(key, { bytes: content, headers, blocks: swapped });
      },
    });
    await expect(store.commit(session, list, signal)).rejects.toMatchObject(refused);
  });

  test('ends when its blocks are gone and no object is there', async () => {
    const store = bench.open();
    const session = await bench.fill(store);
    const { container } = bench.server;
    bench.server.fail('Put Block List', { before: () => container.uncommitted.delete(key) });
    await expect(store.commit(session, list, signal)).rejects.toMatchObject({
      type: 'ChecksumMismatch',
      nonRetryable: false,
    });
    await bench.upload(store);
    expect(bench.stored()).toBe(whole);
  });

  test('that began twice because an answer got lost is one', async () => {
    bench.server.fail('Put Block', { loseAnswer: true });
    const session = await bench.begin(bench.open());
    expect(bench.unfinished()).toEqual([`${key} ${session.uploadId}`]);
  });

  test('in parts that Azure does not take is refused before it begins, with the setting to change', async () => {
    const many = { key, sizeBytes: 50_001 * 1024, partSizeBytes: 1024 };
    await expect(bench.open().begin(many, signal)).rejects.toMatchObject({
      ...refused,
      details: [{ nextStep: expect.stringContaining('partSize') }],
    });
    expect(bench.server.seen).toEqual([]);
  });

  test('counts no part whose length is another than its name says', async () => {
    const store = bench.open();
    const session = await bench.fill(store);
    const blocks = bench.server.container.uncommitted.get(key)!;
    const [, first] = [...blocks.values()];
    blocks.set(first!.id, { id: first!.id, bytes: first!.bytes.subarray(1) });
    expect(await store.listParts(session, signal)).toEqual(list.slice(1));
    await expect(store.commit(session, list, signal)).rejects.toMatchObject({
      type: 'ChecksumMismatch',
    });
  });

  test('leaves blocks of others alone, and says whose name it is', async () => {
    const id = Buffer.from('000001').toString('base64');
    const block = { id, bytes: Buffer.from('x') };
    bench.server.container.uncommitted.set(key, new Map([[id, block]]));
    await expect(bench.begin(bench.open())).rejects.toMatchObject({
      ...refused,
      message: expect.stringContaining('Put Block: InvalidBlobOrBlock (400)'),
      details: [{ nextStep: expect.stringContaining('what else uploads to that name') }],
    });
  });

  test('that is given up sends a byte and deletes nothing', async () => {
    const store = bench.open();
    const session = await bench.fill(store);
    bench.server.seen.length = 0;
    await store.abort(session, signal);
    expect(bench.seen('Put Block').map(({ headers }) => headers['content-length'])).toEqual(['1']);
    expect(bench.server.seen.map(({ operation }) => operation)).toEqual([
      'Get Block List',
      'Put Block',
    ]);
    expect(await store.listUploads('', signal)).toEqual([]);
    // The next one of the same cut counts anew, and takes the old blocks along when it is committed.
    const next = await bench.begin(store);
    expect(next.uploadId).not.toBe(session.uploadId);
    expect(await store.listParts(next, signal)).toEqual([]);
    await bench.put(store, next);
    await store.commit(next, list, signal);
    expect(bench.stored()).toBe(whole);
    expect(bench.server.container.uncommitted.get(key)).toBeUndefined();
  });

  test('is not listed once its object is there, whatever was left under the name', async () => {
    const store = bench.open();
    await store.create('prod/a/empty', Buffer.alloc(0), signal);
    const session = await bench.fill(store);
    const left = bench.server.container.uncommitted.get(key)!;
    await store.commit(session, list, signal);
    bench.server.container.uncommitted.set('prod/a/empty', left);
    expect(await store.listUploads('', signal)).toEqual([]);
  });
});

describe('a small object in a container', () => {
  createFaults(bench);

  const manifest = 'prod/a/manifest.json';

  test('that somebody else wrote with the same bytes is not ours', async () => {
    const bytes = Buffer.from('one');
    bench.server.container.blobs.set(manifest, { bytes, headers: {}, blocks: [] });
    const created = bench.open().create(manifest, bytes, signal);
    await expect(created).rejects.toMatchObject(refused);
  });

  test('is created by a block where blocks that nobody committed count as a blob', async () => {
    const [{ part, bytes } = parts[0]!] = partsOf(Buffer.from('one'), {
      sizeBytes: 3,
      partSizeBytes: 3,
    });
    bench.server.fail('Put Blob', { refuse: 409, code: 'BlobAlreadyExists' });
    await bench.open().create(manifest, bytes, signal);
    expect(bench.server.container.blobs.get(manifest)?.bytes.length).toBe(part.sizeBytes);
    expect(bench.seen('Put Block List').map(({ headers }) => headers['if-none-match'])).toEqual([
      '*',
    ]);
  });
});

describe('reading from a container', () => {
  readFaults(bench);
});
