import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { failureDetails } from '../../src/contracts/failures.ts';
import { createRcloneStore } from '../../src/store/rclone-store.ts';
import { whatRcloneSaid } from '../../src/store/rclone-words.ts';
import { temporaryDirectory } from '../../src/testing/temporary-directory.ts';
import { signal } from './store-bench.ts';

let directory: string;
beforeAll(async () => {
  directory = await temporaryDirectory('rclone-failures');
  process.env['PATH'] = directory;
});
afterAll(() => rm(directory, { recursive: true }));

const store = createRcloneStore({
  name: 'elsewhere',
  remote: 'b2:etcd',
  configFile: '/etc/r.conf',
});

/** Puts a program there as `rclone`, which does this. */
const standIn = async (script: string) => {
  await writeFile(join(directory, 'rclone'), `#!/bin/sh\n${script}\n`);
  await chmod(join(directory, 'rclone'), 0o755);
};
const failed = async (call: Promise<unknown>) => {
  const error = await call.catch((thrown: unknown) => thrown);
  return { error, ...failureDetails(error) };
};
const logged = (msg: string) => {
  const line = JSON.stringify({ level: 'error', msg, source: 'fs/walk.go:401' });
  return `echo '${line.replaceAll("'", String.raw`'\''`)}' >&2`;
};

describe('the program', () => {
  test('that is not there is to be installed', async () => {
    await rm(join(directory, 'rclone'), { force: true });
    const { error, observed, nextStep } = await failed(store.capabilities(signal));
    expect(error).toMatchObject({ type: 'StoreUnavailable', nonRetryable: false });
    expect(observed).toContain('not found on the PATH of the worker');
    expect(nextStep).toContain('Install rclone 1.66 or newer');
  });

  test.each([
    ['too old', 'rclone v1.60.1-DEV', 'v1.60.1-DEV'],
    ['of another kind', 'hello', 'says no version'],
  ])('that is %s says so before anything is stored', async (_, said, observed) => {
    await standIn(`echo '${said}'`);
    const failure = await failed(store.capabilities(signal));
    expect(failure.error).toMatchObject({ type: 'StoreUnavailable' });
    expect(failure.observed).toContain(observed.replace(/^v/, ''));
    expect(failure.nextStep).toContain('1.66 or newer');
  });

  test('sees no variable of the worker but the usual ones and those that the store names', async () => {
    process.env['WORKER_SECRET'] = 'hunter2';
    process.env['RCLONE_DRY_RUN'] = 'true';
    process.env['RCLONE_CONFIG_PASS'] = 'for rclone';
    await standIn(`export -p >'${directory}/seen'; echo null`);
    const variables = ['RCLONE_CONFIG_PASS'];
    const other = createRcloneStore({ name: 'elsewhere', remote: 'b2:etcd', variables });
    await other.stat('prod/a', signal);
    const lines = await readFile(join(directory, 'seen'), 'utf8');
    const seen = [...lines.matchAll(/^export (\w+)/gm)].map(([, name]) => name);
    expect(seen).toContain('RCLONE_CONFIG_PASS');
    expect(seen).not.toContain('WORKER_SECRET');
    expect(seen).not.toContain('RCLONE_DRY_RUN');
  });
});

describe('what rclone ends with', () => {
  test.each([
    [
      'Failed to create file system for "b2:etcd": didn\'t find section in config file ("b2")',
      1,
      'StoreUnavailable',
      '/etc/r.conf',
    ],
    [
      'failed to open source object: AccessDenied: Access Denied.',
      1,
      'StoreDenied',
      'policy elsewhere',
    ],
    [
      "couldn't fetch token: invalid_grant: maybe token expired?",
      7,
      'StoreDenied',
      'policy elsewhere',
    ],
    ['open /srv/backups/x: permission denied', 1, 'StoreDenied', 'policy elsewhere'],
    ['open /srv/backups/x: read-only file system', 1, 'StoreDenied', 'policy elsewhere'],
    ['write /srv/backups/x: no space left on device', 1, 'StoreUnavailable', 'Free space'],
    ['Insufficient Storage: 507 Insufficient Storage', 5, 'StoreUnavailable', 'Free space'],
    ['corrupted on transfer: md5 hashes differ src "a" vs dst "b"', 1, 'ChecksumMismatch', ''],
    ['dial tcp 10.0.0.1:443: connect: connection refused', 1, 'StoreUnavailable', ''],
    [
      'Get "https://x": tls: x509: certificate signed by unknown authority',
      1,
      'StoreUnavailable',
      'SSL_CERT_FILE',
    ],
    ['unknown flag: --size', 2, 'StoreUnavailable', 'Install rclone'],
    ['a word of a backend that nobody has seen before', 1, 'StoreUnavailable', ''],
    ['open /srv/backups/etcd-403-1: interrupted system call', 1, 'StoreUnavailable', ''],
  ])('%j (%i) is %s', async (msg, exitCode, type, step) => {
    await standIn(`${logged(msg)}; exit ${exitCode}`);
    const { error, nextStep } = await failed(store.stat('prod/a', signal));
    expect(error).toMatchObject({ type });
    expect(nextStep).toContain(step);
  });
});

describe('what is repeated of it', () => {
  test.each([
    [
      'the last line, without its attempt',
      '{"level":"error","msg":"first"}\n{"level":"error","msg":"Attempt 1/1 failed with 2 errors and: quota \\"daily\\" used up","source":"x:1"}\n',
      'quota "daily" used up',
    ],
    [
      'plain text',
      '2026/11/25 19:24:27 NOTICE: Fatal error: unknown flag: --blah\n',
      'Fatal error: unknown flag: --blah',
    ],
    ['nothing', '', 'nothing said'],
    [
      'a server without its path, query and password',
      '{"msg":"Put \\"https://bob:hunter2@blob.example.com/c/x?sv=1&sig=abcdef\\": EOF"}',
      'Put "https://blob.example.com/…": EOF',
    ],
    [
      'no token',
      '{"msg":"refused: access_token=ya29.short, Authorization: Bearer abc"}',
      'refused: access_token= …, Authorization: … …',
    ],
    ['no long word', '{"msg":"key AKIAIOSFODNN7EXAMPLE is not known"}', 'key … is not known'],
    ['no control characters', '{"msg":"a\\u001b[31mb\\nc"}', 'a [31mb c'],
  ])('%s', (_, stderr, said) => {
    expect(whatRcloneSaid(stderr)).toBe(said);
  });

  test('no page of it', () => {
    expect(whatRcloneSaid(`{"msg":"${'long '.repeat(200)}"}`)).toHaveLength(200);
  });
});
