import { expect, onTestFinished, test, vi } from 'vitest';

import { freePort } from '../../src/testing/free-port.ts';
import type { FaultyBench } from './faulty-bench.ts';
import type { Fault, FaultyServer } from './faulty-server.ts';
import { key, signal } from './store-bench.ts';

type Bench<Operation extends string, Habits> = FaultyBench<
  Operation,
  FaultyServer<Operation>,
  Habits
>;

/** What an upload owes to whoever meets a server with faults; to be called where a store's tests of uploads are. */
export function uploadFaults<Operation extends string, Habits>(
  bench: Bench<Operation, Habits>,
): void {
  const { put, commit, busy } = bench.protocol;
  const { geometry, list, whole } = bench.sample;
  const tooBusy: Fault = { refuse: 503, code: busy };

  test('survives connections that break in the middle of a part', async () => {
    const store = bench.open();
    const session = await bench.begin(store);
    bench.server.fail(put, { breakAfterBytes: geometry.partSizeBytes * 0.4 });
    bench.server.fail(put, { breakAfterBytes: geometry.partSizeBytes * 0.9 });
    await bench.put(store, session);
    await store.commit(session, list, signal);
    expect(bench.stored()).toBe(whole);
  });

  test('slows down when it is told to', async () => {
    const store = bench.open();
    const session = await bench.begin(store);
    bench.server.fail(put, tooBusy, 2);
    bench.server.fail(commit, tooBusy);
    await bench.put(store, session);
    await store.commit(session, list, signal);
    expect(bench.stored()).toBe(whole);
  });

  test('gives a server that stays busy up after a few tries, for the next attempt of the step', async () => {
    const store = bench.open();
    const session = await bench.begin(store);
    bench.server.seen.length = 0;
    bench.server.fail(put, tooBusy, 100);
    await expect(bench.put(store, session)).rejects.toMatchObject({
      type: 'StoreUnavailable',
      nonRetryable: false,
      message: expect.stringContaining(`${put}: ${busy} (503)`),
    });
    expect(bench.seen(put)).toHaveLength(4);
  });

  test('goes through the proxy of the environment', async () => {
    vi.stubEnv('http_proxy', bench.server.endpoint);
    onTestFinished(() => void vi.unstubAllEnvs());
    await bench.upload(bench.open({ endpoint: 'http://store.nowhere.example' }));
    expect(bench.stored()).toBe(whole);
  });

  test('makes one object although the answer to its commit got lost', async () => {
    const store = bench.open();
    const session = await bench.fill(store);
    bench.server.fail(commit, { loseAnswer: true });
    await expect(store.commit(session, list, signal)).resolves.toBeUndefined();
    expect(bench.stored()).toBe(whole);
    expect(bench.unfinished()).toEqual([]);
  });

  test('that the server calls done is not done until the object is seen', async () => {
    const store = bench.open();
    const session = await bench.fill(store);
    bench.server.fail(commit, { pretend: true });
    await expect(store.commit(session, list, signal)).rejects.toMatchObject({
      type: 'StoreUnavailable',
      nonRetryable: false,
      message: expect.stringContaining('not there after the store accepted it'),
    });
    await store.commit(session, list, signal);
    expect(bench.stored()).toBe(whole);
  });

  test('never becomes an object of bytes that were damaged on their way', async () => {
    const store = bench.open();
    const session = await bench.begin(store);
    bench.server.fail(put, { damage: true }, 4);
    await expect(bench.put(store, session)).rejects.toMatchObject({
      type: 'ChecksumMismatch',
      nonRetryable: false,
    });
    expect(await store.listParts(session, signal)).toEqual([]);
  });
}

/** What the creation of a small object owes. */
export function createFaults<Operation extends string, Habits>(
  bench: Bench<Operation, Habits>,
): void {
  test('is there once although the answer got lost', async () => {
    bench.server.fail(bench.protocol.create, { loseAnswer: true });
    await bench.open().create(key, Buffer.from('one'), signal);
    expect(bench.bytesAt(key)?.toString()).toBe('one');
  });

  test('that the server calls made is not made until it is seen', async () => {
    bench.server.fail(bench.protocol.create, { pretend: true });
    const created = bench.open().create(key, Buffer.from('one'), signal);
    await expect(created).rejects.toMatchObject({
      type: 'StoreUnavailable',
      message: expect.stringContaining('not there after the store accepted it'),
    });
  });
}

/** What a read owes. */
export function readFaults<Operation extends string, Habits>(
  bench: Bench<Operation, Habits>,
): void {
  const { read } = bench.protocol;
  const { content, geometry } = bench.sample;

  test('goes on where the answer broke off', async () => {
    const store = bench.open();
    await bench.upload(store);
    bench.server.fail(read, { cutAnswerAfterBytes: 700_000 });
    bench.server.fail(read, { cutAnswerAfterBytes: 10 });
    const bytes = Buffer.alloc(geometry.sizeBytes - 5);
    await store.read(key, 5, bytes, signal);
    expect(bytes.equals(content.subarray(5))).toBe(true);
  });

  test('ends with a failure when it breaks off again and again', async () => {
    const store = bench.open();
    await bench.upload(store);
    bench.server.fail(read, { cutAnswerAfterBytes: 10 }, 100);
    const failed = store.read(key, 0, Buffer.alloc(1000), signal);
    await expect(failed).rejects.toMatchObject({ type: 'StoreUnavailable', nonRetryable: false });
  });
}

/** What a probe owes. */
export function probeFaults<Operation extends string, Habits>(
  bench: Bench<Operation, Habits>,
): void {
  test('is not known while nobody answers', async () => {
    const store = bench.open({ endpoint: `http://127.0.0.1:${await freePort()}` });
    await expect(store.capabilities(signal)).rejects.toMatchObject({
      type: 'StoreUnavailable',
      nonRetryable: false,
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });
}
