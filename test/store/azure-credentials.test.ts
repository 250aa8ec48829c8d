import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { failureDetails } from '../../src/contracts/failures.ts';
import { AzureBench } from './azure-bench.ts';
import { signal } from './store-bench.ts';

const bench = new AzureBench();

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'etcd-backup-azure-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true });
});

const file = () => join(directory, 'secret');
const sasOf = (signature: string) => `sv=2026-02-06&sr=c&sp=rwl&sig=${signature}%3D`;
/** The signature of each request, in its address or its header. */
const signatures = () => bench.server.seen.map(({ query }) => query['sig']);
const signers = () => bench.server.seen.map(({ headers }) => headers['authorization'] ?? '');
const key = randomBytes(64).toString('base64');

describe('the credentials of a container', () => {
  test('from a mounted file are read anew for every call', async () => {
    const store = bench.open({ credentials: { file: file() } });
    await writeFile(file(), `${sasOf('FIRST')}\n`);
    await store.stat('prod/a', signal);
    await writeFile(file(), `?${sasOf('SECOND')}`);
    await store.stat('prod/a', signal);
    expect(signatures()).toEqual(['FIRST=', 'SECOND=']);
  });

  test('from a variable are read anew for every call', async () => {
    const store = bench.open();
    for (const signature of ['ONE', 'TWO']) {
      vi.stubEnv('TEST_AZURE_SAS', sasOf(signature));
      await store.stat('prod/a', signal);
    }
    expect(signatures()).toEqual(['ONE=', 'TWO=']);
  });

  test.each([
    ['an account key', key],
    [
      'a connection string',
      `DefaultEndpointsProtocol=https;AccountName=etcd;AccountKey=${key};EndpointSuffix=core.windows.net`,
    ],
  ])('may be %s, which signs for the account', async (_, secret) => {
    await writeFile(file(), secret);
    await bench.open({ credentials: { file: file() } }).stat('prod/a', signal);
    expect(signers()).toEqual([expect.stringMatching(/^SharedKey etcd:/)]);
    expect(bench.server.seen.map(({ headers }) => JSON.stringify(headers)).join('')).not.toContain(
      key,
    );
  });

  test('may be a connection string with a SAS token', async () => {
    await writeFile(
      file(),
      `BlobEndpoint=https://other.example;SharedAccessSignature=${sasOf('STRING')}`,
    );
    await bench.open({ credentials: { file: file() } }).stat('prod/a', signal);
    expect(signatures()).toEqual(['STRING=']);
  });

  test.each([
    ['', 'empty or not set'],
    ['hunter2-is-no-secret', 'holds something else'],
    [`AccountName=other;AccountKey=${key}`, 'connection string of account etcd'],
    ['AccountName=etcd;AccountKey=tooshort', 'holds something else'],
    ['sig=line\r\nhost: elsewhere', 'holds something else'],
  ])(
    'that are none of these are named by where they were looked for (%#)',
    async (secret, observed) => {
      await writeFile(file(), secret);
      const denied = bench.open({ credentials: { file: file() } }).stat('prod/a', signal);
      const error = await denied.catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        type: 'StoreDenied',
        nonRetryable: true,
        message: expect.stringContaining(`credentials file ${file()}: `),
      });
      expect(failureDetails(error).observed).toContain(observed);
      for (const line of secret.split('\r\n').filter((part) => part !== '')) {
        expect(JSON.stringify(error)).not.toContain(line);
      }
      expect(bench.server.seen).toEqual([]);
    },
  );

  test('that have expired are waited for', async () => {
    const store = bench.open({ credentials: { file: file() } });
    await writeFile(file(), `se=2020-01-01T00%3A00%3A00Z&${sasOf('OLD')}`);
    await expect(store.stat('prod/a', signal)).rejects.toMatchObject({
      type: 'StoreUnavailable',
      nonRetryable: false,
      message: expect.stringContaining('expired at 2020-01-01T00:00:00.000Z'),
      details: [{ nextStep: expect.stringContaining('Renew') }],
    });
    await writeFile(file(), `se=2126-01-01T00%3A00%3A00Z&${sasOf('NEW')}`);
    await store.stat('prod/a', signal);
    expect(signatures()).toEqual(['NEW=']);
  });

  test.each([
    [() => ({ file: join(directory, 'absent') }), 'absent: ENOENT'],
    [() => ({ variable: 'NOT_SET' }), 'variable NOT_SET: empty or not set'],
  ])('that are missing are named by where they were looked for (%#)', async (where, observed) => {
    const denied = bench.open({ credentials: where() }).stat('prod/a', signal);
    await expect(denied).rejects.toMatchObject({
      type: 'StoreDenied',
      nonRetryable: true,
      message: expect.stringContaining(observed),
    });
    expect(bench.server.seen).toEqual([]);
  });

  test('stand in no failure', async () => {
    vi.stubEnv('TEST_AZURE_SAS', sasOf('VERYSECRET'));
    const codes = ['AuthenticationFailed', 'AuthorizationFailure', 'InvalidResourceName'];
    for (const code of codes) bench.server.fail('Put Blob', { refuse: 403, code });
    for (const code of codes) {
      const denied = bench.open().create('prod/a', Buffer.from('x'), signal);
      const error = await denied.catch((thrown: unknown) => thrown);
      const { observed, nextStep } = failureDetails(error);
      expect(observed).toContain(code);
      expect(`${observed} ${nextStep} ${JSON.stringify(error)} ${String(error)}`).not.toMatch(
        /VERYSECRET|sig=/,
      );
    }
  });
});
