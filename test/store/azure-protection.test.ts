import { createHash } from 'node:crypto';

import { describe, expect, test } from 'vitest';

import { blockNameOf } from '../../src/store/azure-block-id.ts';
import type { AzureStoreOptions } from '../../src/store/azure-options.ts';
import { AzureBench, geometry, list, parts } from './azure-bench.ts';
import { key, signal } from './store-bench.ts';

const bench = new AzureBench();
const dayMs = 24 * 60 * 60 * 1000;
const immutability = { mode: 'locked', retainForMs: 30 * dayMs } as const;
const manifest = 'prod/a/manifest.json';
const mark = { 'x-ms-meta-temporal_etcd_backup': '1' };

/** What requests that make blobs ask for, beside the bytes. */
const askedFor = async (more: Partial<AzureStoreOptions>) => {
  const store = bench.open(more);
  await bench.upload(store);
  await store.create(manifest, Buffer.from('{}'), signal);
  const names = /^(if-none-match$|x-ms-(immutability|legal|access-tier|meta|tags))/;
  return [...bench.seen('Put Block List'), ...bench.seen('Put Blob')].map(({ headers }) =>
    Object.fromEntries(Object.entries(headers).filter(([name]) => names.test(name))),
  );
};

describe('blobs of a container', () => {
  test('are made create-only, marked as ours, and ask for nothing that is not configured', async () => {
    const plain = { 'if-none-match': '*', ...mark };
    expect(await askedFor({})).toEqual([plain, plain]);
  });

  test('are immutable until the retention ends, each from its own commit', async () => {
    const before = Date.now();
    const asked = await askedFor({ immutability });
    expect(asked).toEqual([
      {
        'if-none-match': '*',
        ...mark,
        'x-ms-meta-temporal_etcd_backup_retain_until': expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        'x-ms-immutability-policy-mode': 'Locked',
        'x-ms-immutability-policy-until-date': expect.stringMatching(/ GMT$/),
      },
      expect.objectContaining({ 'x-ms-immutability-policy-mode': 'Locked' }),
    ]);
    for (const headers of asked) {
      const date = Date.parse(headers['x-ms-immutability-policy-until-date'] ?? '');
      expect(date).toBeGreaterThanOrEqual(before + immutability.retainForMs);
      expect(date).toBeLessThanOrEqual(Date.now() + immutability.retainForMs + 1000);
    }
  });

  test('have the access tier if they are files, and the default one if they are records', async () => {
    const [file, record] = await askedFor({ accessTier: 'Cool' });
    expect(file).toMatchObject({ 'x-ms-access-tier': 'Cool' });
    expect(record).not.toHaveProperty('x-ms-access-tier');
  });

  test('are sent in blocks whose ids say number, length and SHA-256, with the MD5 of each', async () => {
    await bench.upload(bench.open());
    const [, ...sent] = bench.seen('Put Block').map(({ query, headers }) => ({
      block: blockNameOf(query['blockid'] ?? ''),
      md5: headers['content-md5'],
      length: headers['content-length'],
    }));
    expect(sent).toEqual(
      parts.map(({ part: { number, sha256, sizeBytes }, bytes }) => ({
        block: { kind: 'part', generation: 1, geometry, number, revision: 1, sha256 },
        md5: createHash('md5').update(bytes).digest('base64'),
        length: String(sizeBytes),
      })),
    );
  });
});

describe('the immutability policy of a stored blob', () => {
  test('is what the container says of it', async () => {
    const store = bench.open({ immutability });
    expect(await store.lockOf?.(key, signal)).toBeUndefined();
    await bench.upload(store);
    const { headers } = bench.server.container.blobs.get(key)!;
    const until = new Date(headers['x-ms-immutability-policy-until-date']!).toISOString();
    expect(await store.lockOf?.(key, signal)).toEqual({ mode: 'locked', until });
  });

  test('is told where nobody asked for it, and none where there is none', async () => {
    const store = bench.open();
    await bench.upload(store);
    expect(await store.lockOf?.(key, signal)).toBeUndefined();
    const until = new Date('2030-01-01T00:00:00.000Z');
    Object.assign(bench.server.container.blobs.get(key)!.headers, {
      'x-ms-immutability-policy-mode': 'unlocked',
      'x-ms-immutability-policy-until-date': until.toUTCString(),
    });
    const lock = { mode: 'unlocked', until: until.toISOString() };
    expect(await store.lockOf?.(key, signal)).toEqual(lock);
  });

  test.each([
    ['that is gone', { 'x-ms-immutability-policy-mode': '' }],
    ['that can be lifted', { 'x-ms-immutability-policy-mode': 'unlocked' }],
    [
      'that ends sooner',
      { 'x-ms-immutability-policy-until-date': new Date(Date.now() + dayMs).toUTCString() },
    ],
  ])('%s is not the one that was asked for', async (_, worse) => {
    const store = bench.open({ immutability });
    await bench.upload(store);
    Object.assign(bench.server.container.blobs.get(key)!.headers, worse);
    await expect(store.lockOf?.(key, signal)).rejects.toMatchObject({
      type: 'StoreRefused',
      nonRetryable: true,
      message: expect.stringMatching(/^immutability policy: .*, expected locked until \d{4}-/),
    });
  });
});

describe('a promised immutability that the container does not give', () => {
  const refused = { type: 'StoreRefused', nonRetryable: true };

  test('a container without it is refused before a run stores anything', async () => {
    await bench.restartWith({ immutability: 'missing' });
    const store = bench.open({ immutability });
    const step = { details: [{ nextStep: expect.stringContaining('version-level immutability') }] };
    await expect(store.capabilities(signal)).rejects.toMatchObject({ ...refused, ...step });
    const session = await bench.fill(store);
    await expect(store.commit(session, list, signal)).rejects.toMatchObject({
      ...refused,
      ...step,
    });
    const created = store.create(manifest, Buffer.from('{}'), signal);
    await expect(created).rejects.toMatchObject(refused);
    expect([...bench.server.container.blobs.keys()]).toEqual([]);
  });

  test('a policy that is asked for and forgotten is found out', async () => {
    await bench.restartWith({ immutability: 'ignored' });
    const store = bench.open({ immutability });
    await expect(store.capabilities(signal)).rejects.toMatchObject({
      ...refused,
      message: expect.stringMatching(/^immutability policy: none, expected locked until \d{4}-/),
    });
    const session = await bench.fill(store);
    await expect(store.commit(session, list, signal)).rejects.toMatchObject(refused);
    const created = store.create(manifest, Buffer.from('{}'), signal);
    await expect(created).rejects.toMatchObject(refused);
  });

  test('a policy that ends too soon, or that can be lifted, is not the promised one', async () => {
    const store = bench.open({ immutability });
    await store.create(manifest, Buffer.from('{}'), signal);
    const blob = bench.server.container.blobs.get(manifest)!;
    const soon = new Date(Date.now() + dayMs).toUTCString();
    for (const worse of [
      { 'x-ms-immutability-policy-until-date': soon },
      { 'x-ms-immutability-policy-mode': 'unlocked' },
    ]) {
      bench.server.container.blobs.set(manifest, {
        ...blob,
        headers: { ...blob.headers, ...worse },
      });
      const created = store.create(manifest, Buffer.from('{}'), signal);
      await expect(created).rejects.toMatchObject(refused);
    }
  });

  test('a part or an end that comes after the commit of an immutable blob harms nobody', async () => {
    const store = bench.open({ immutability });
    const session = await bench.begin(store);
    const { container } = bench.server;
    const commit = () => {
      const policy = { 'x-ms-immutability-policy-mode': 'locked' };
      container.blobs.set(key, { bytes: Buffer.from('committed'), headers: policy, blocks: [] });
    };
    const { part, bytes } = parts[0]!;
    bench.server.fail('Put Block', { before: commit });
    await expect(store.putPart(session, part, bytes, signal)).rejects.toMatchObject({
      type: 'StoreUnavailable',
      nonRetryable: false,
    });
    await store.abort(session, signal);
    expect(container.blobs.get(key)?.bytes.toString()).toBe('committed');
  });

  test('a name that is taken and immutable is a name that is taken', async () => {
    const store = bench.open({ immutability });
    await bench.upload(store);
    await expect(bench.begin(store)).rejects.toMatchObject({
      ...refused,
      message: expect.stringContaining('name: taken by other bytes'),
    });
    const created = store.create(key, Buffer.from('other'), signal);
    await expect(created).rejects.toMatchObject(refused);
  });
});
