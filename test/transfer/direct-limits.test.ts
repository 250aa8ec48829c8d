import { readFile, readdir, writeFile } from 'node:fs/promises';

import { describe, expect, test } from 'vitest';

import type { BackupStore } from '../../src/store/backup-store.ts';
import { sha256Of } from '../store/content.ts';
import { DirectBench, content, everyProcess, signing } from './direct-bench.ts';
import { startForwardProxy } from './forward-proxy.ts';

const bench = new DirectBench();
const whole = sha256Of(content);

describe('what the node cannot send', () => {
  test.each([
    ['nobody answers it', (url: string) => url.replace(/:\d+\//, ':1/'), 'ended with 7'],
    ['it cannot find the store', (url: string) => url.replace('127.0.0.1', 'no.invalid'), 'with 6'],
    ['it does not trust it', (url: string) => url.replace('http:', 'https:'), 'ended with 35'],
  ])('goes through the worker when %s', async (_, changed, reason) => {
    const file = await bench.inspect();
    const store = bench.open();
    const elsewhere: BackupStore = {
      ...store,
      presignPart: async (...part) => {
        const request = await store.presignPart!(...part);
        return { ...request, url: changed(request.url) };
      },
    };
    const sent = bench.send(file, { store: elsewhere });
    await expect(sent).resolves.toMatchObject({ storedSha256: whole });
    expect(bench.relayed).toContain(reason);
    expect(bench.stored()).toBe(whole);
    expect(bench.senders()).toEqual(Array.from({ length: 3 }, () => 'worker'));
  });

  test('goes through the worker when the store refuses the node', async () => {
    const file = await bench.inspect();
    // Each of the two parts on their way, three times.
    bench.server.fail('UploadPart', { refuse: 403, code: 'AccessDenied' }, 6);
    await expect(bench.send(file)).resolves.toMatchObject({ storedSha256: whole });
    expect(bench.relayed).toMatch(/^part [12]: AccessDenied \(403\)$/);
    expect(bench.stored()).toBe(whole);
  });

  test('goes through the worker when nothing can be written on the node', async () => {
    const file = await bench.inspect();
    const store = {
      ...bench.open(),
      directEndpoint: async () => ({ url: bench.server.endpoint, authorities: 'any' }),
    };
    const takeDirectory = `${bench.takeDirectory}/gone`;
    const sent = bench.send(file, { store, takeDirectory });
    await expect(sent).resolves.toMatchObject({ storedSha256: whole });
    expect(bench.relayed).toContain('authorities could not be written');
  });

  test('is what is left, when the upload is given up meanwhile', async () => {
    const file = await bench.inspect();
    const before = () => bench.server.bucket.uploads.clear();
    bench.server.fail('UploadPart', { before });
    await bench.send(file);
    expect(bench.relayed).toContain('NoSuchUpload');
    expect(bench.stored()).toBe(whole);
    expect(bench.unfinished()).toEqual([]);
  });
});

describe("the take's proxy", () => {
  test('is used, but for what it is not to be used for', async () => {
    await using proxy = await startForwardProxy();
    const file = await bench.inspect();
    await writeFile(bench.environment, `http_proxy='${proxy.url}'\n`);
    await bench.send(file);
    expect(bench.stored()).toBe(whole);
    expect(proxy.seen).toEqual(Array.from({ length: 3 }, () => bench.server.endpoint));
    bench.server.bucket.objects.clear();
    await writeFile(bench.environment, `http_proxy='${proxy.url}'\nno_proxy='127.0.0.1'\n`);
    await bench.send(file);
    expect(proxy.seen).toHaveLength(3);
  });

  test('that is not there leaves the file to the worker', async () => {
    const file = await bench.inspect();
    await writeFile(bench.environment, "http_proxy='http://u:canary@127.0.0.1:1'\n");
    await bench.send(file);
    expect(bench.relayed).toContain('ended with 7');
    expect(bench.relayed).not.toContain('canary');
    expect(bench.stored()).toBe(whole);
  });
});

describe('a presigned request', () => {
  test('is in no command line, no environment and no file of the node', async () => {
    const file = await bench.inspect();
    const store = signing(bench.open());
    let seen = '';
    const before = async () => {
      seen = await everyProcess();
      const files = await readdir(bench.takeDirectory);
      for (const name of files) {
        seen += await readFile(`${bench.takeDirectory}/${name}`, 'latin1');
      }
    };
    bench.server.fail('UploadPart', { before });
    await bench.send(file, { store });
    expect(seen).toContain('--upload-file');
    for (const { url } of store.signed) {
      const { pathname, searchParams } = new URL(url);
      expect(seen).not.toContain(searchParams.get('X-Amz-Signature'));
      expect(seen).not.toContain(searchParams.get('uploadId'));
      expect(seen).not.toContain(pathname);
    }
  });

  test('is not in what a failure says', async () => {
    const file = await bench.inspect();
    const store = signing(bench.open());
    bench.server.fail('UploadPart', { refuse: 418, code: 'Teapot' }, 2);
    await bench.send(file, { store });
    expect(bench.relayed).toMatch(/^part [12]: Teapot \(418\)$/);
  });
});
