import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { Manifest, StoredFile } from '../../src/contracts/index.ts';
import { keyIdOf } from '../../src/store/key-id.ts';
import { canonicalManifest } from '../../src/store/manifest.ts';
import { signManifest } from '../../src/store/sign-manifest.ts';
import { exampleManifest } from './example-manifest.ts';
import { signingKeys } from './signing-keys.ts';

// What docs/backup-format.md tells a person to type, typed: with the openssl, sed, awk and coreutils of this machine.

const page = await readFile(join(import.meta.dirname, '../../docs/backup-format.md'), 'utf8');

/** The commands below a heading, block by block. */
function commands(heading: string): readonly string[] {
  const section = page.split(/^##+ /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(/^ *```sh\n(.+?)^ *```$/gms)].map(([, block = '']) => block);
}

const [withOpenssl = '', withJq = '', printKeyId = ''] = commands('Verify the signature');
const [compareStored = '', compareOpened = '', proveSnapshot = ''] = commands('Restore by hand');
const verifyLine = withOpenssl.split('\n').find((line) => line.startsWith('openssl')) ?? '';
const hasJq = spawnSync('jq', ['--version']).status === 0;

const ours = signingKeys();
const [snapshot, tarball] = exampleManifest.files;
const pages = Buffer.from('the pages of a database');
const contents = new Map([
  [snapshot?.name, Buffer.concat([pages, createHash('sha256').update(pages).digest()])],
  [tarball?.name, Buffer.from('static kube resources')],
]);

/** A manifest over plain files, with words in it that might be taken for something else. */
function manifestOf(): Manifest {
  return signManifest(
    {
      ...exampleManifest,
      files: exampleManifest.files.map(plain),
      labels: { value: 'aGVsbG8=', key: 'a/b', text: '"signature": { ,\n  "signature": {' },
      overrides: [{ guard: 'quietHours', reason: 'für den Umzug – \u{1F4BE} \\ \u0007 \u2028' }],
    },
    ours.privateKey,
  );
}

function plain({ compression: _c, recipients: _r, ...file }: StoredFile): StoredFile {
  const bytes = contents.get(file.name) ?? Buffer.alloc(0);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const key = `prod-eu/${exampleManifest.id}/${file.name}`;
  const size = { sizeBytes: bytes.length, storedSizeBytes: bytes.length };
  return { ...file, key, ...size, sha256, storedSha256: sha256 };
}

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'etcd-backup-by-hand-'));
  await put('manifest.json', canonicalManifest(manifestOf()));
  await put('manifest-key.pub', ours.publicPem);
  for (const [name = '', bytes] of contents) await put(name, bytes);
});
afterEach(async () => await rm(directory, { recursive: true }));

const put = async (name: string, bytes: Uint8Array | string) =>
  await writeFile(join(directory, name), bytes);
const type = async (block: string) =>
  await execa('bash', ['-eo', 'pipefail', '-c', block], {
    cwd: directory,
    env: { LC_ALL: 'C' },
    reject: false,
  });
const signedBytes = async () => await readFile(join(directory, 'signed.json'));

describe('by hand a signature', () => {
  test('is verified with openssl, over exactly the bytes that were signed', async () => {
    const { stdout, stderr, exitCode } = await type(withOpenssl);
    expect({ exitCode, said: stdout + stderr }).toEqual({
      exitCode: 0,
      said: 'Signature Verified Successfully',
    });
    const { signature: _signature, ...unsigned } = manifestOf();
    expect(await signedBytes()).toEqual(canonicalManifest(unsigned));
  });

  test('names the key whose digest openssl prints', async () => {
    const { stdout } = await type(printKeyId);
    expect(stdout.split(' ')[0]).toBe(manifestOf().signature?.keyId);
    expect(keyIdOf(ours.publicKey)).toBe(manifestOf().signature?.keyId);
  });

  test.for([
    [
      'a changed digest',
      (text: string) => text.replace(/"storedSha256": "./, '"storedSha256": "_'),
    ],
    ['a label more', (text: string) => text.replace('"labels": {', '"labels": {\n    "a": "b",')],
  ] as const)('does not fit a manifest with %s', async ([, change]) => {
    const text = canonicalManifest(manifestOf()).toString();
    await put('manifest.json', change(text));
    const { stdout, exitCode } = await type(withOpenssl);
    expect({ stdout, failed: exitCode !== 0 }).toEqual({
      stdout: 'Signature Verification Failure',
      failed: true,
    });
  });

  test('by another key is not verified', async () => {
    await put('manifest-key.pub', signingKeys().publicPem);
    expect((await type(withOpenssl)).exitCode).not.toBe(0);
  });

  test.skipIf(!hasJq)('is cut off by jq in the same way (needs jq)', async () => {
    const { exitCode } = await type(`${withJq}${verifyLine}`);
    expect(exitCode).toBe(0);
    const byJq = await signedBytes();
    await type(withOpenssl);
    expect(await signedBytes()).toEqual(byJq);
  });
});

describe('by hand the files', () => {
  beforeEach(async () => void (await type(withOpenssl)));

  test.for([
    ['as stored', compareStored],
    ['as the node had them', compareOpened],
  ] as const)('are compared %s, all of them', async ([, block]) => {
    const { stdout, exitCode } = await type(block);
    expect({ exitCode, lines: stdout.split('\n') }).toEqual({
      exitCode: 0,
      lines: [...contents.keys()].map((name) => `${name}: OK`),
    });
  });

  test.for([
    ['as stored', compareStored],
    ['as the node had them', compareOpened],
  ] as const)('that were changed are found when compared %s', async ([, block]) => {
    await put(tarball?.name ?? '', 'static kube resource$');
    const { stdout, exitCode } = await type(block);
    expect(exitCode).toBe(1);
    expect(stdout).toContain(`${tarball?.name}: FAILED`);
  });

  test('of a snapshot prove themselves', async () => {
    const { stdout } = await type(proveSnapshot);
    const digest = createHash('sha256').update(pages).digest('hex');
    expect(stdout.split('\n')).toEqual([digest, digest]);
  });
});
