import type { KeyObject } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { manifestKey } from '../../src/store/layout.ts';
import { capturedAt, readBackups } from '../../src/store/read-backups.ts';
import type { FoundBackup } from '../../src/store/read-backups.ts';
import { keyIdOf } from '../../src/store/key-id.ts';
import { canonicalManifest } from '../../src/store/manifest.ts';
import { exampleManifest } from './example-manifest.ts';
import { signingKeys } from './signing-keys.ts';
import { storedBackups } from './stored-backups.ts';
import type { StoredBackups } from './stored-backups.ts';

const { signal } = new AbortController();
const [first, second, third] = [
  '20260101T010000Z-aaaaaaaaaaaa',
  '20260102T010000Z-bbbbbbbbbbbb',
  '20260103T010000Z-cccccccccccc',
] as const;

let stored: StoredBackups;
beforeEach(async () => {
  stored = await storedBackups();
});
afterEach(async () => await rm(stored.directory, { recursive: true }));

const read = async (...trustedKeys: readonly KeyObject[]): Promise<FoundBackup[]> => {
  const stores = { snapshot: stored.primary, staticKubeResources: stored.vault, trustedKeys };
  const found: FoundBackup[] = [];
  for await (const one of readBackups(stores, 'prod-eu', signal)) found.push(one);
  return found;
};

test('backups come newest first, whole, with the bytes of their manifests', async () => {
  const old = await stored.backup(first);
  await stored.backup(third);
  const found = await read();
  expect(found.map(({ id, state }) => [id, state])).toEqual([
    [third, 'backup'],
    [first, 'backup'],
  ]);
  expect(found[1]).toMatchObject({
    manifest: old,
    disagreements: [],
    key: manifestKey('prod-eu', first),
  });
  expect(found[1]).not.toHaveProperty('unanswered');
});

test('a folder without a manifest is no backup: it failed, or is unfinished', async () => {
  await stored.backup(first, { omit: ['manifest', 'copy'] });
  await stored.backup(second, { omit: ['manifest', 'copy'] });
  await stored.put('primary', `prod-eu/${second}/failed.json`, '{}');
  expect((await read()).map(({ id, state, disagreements }) => [id, state, disagreements])).toEqual([
    [second, 'failed', []],
    [first, 'unfinished', []],
  ]);
});

test('a manifest that cannot be read does not end the list', async () => {
  await stored.backup(first);
  await stored.put('primary', manifestKey('prod-eu', second), '{"format": "something-else/1"}');
  await stored.put('primary', manifestKey('prod-eu', third), 'no JSON');
  const found = await read();
  expect(found.map(({ state }) => state)).toEqual(['unreadable', 'unreadable', 'backup']);
  expect(found[0]).toMatchObject({ observed: 'manifest: 7 bytes, no JSON' });
  expect(found[1]).toMatchObject({ observed: expect.stringContaining('manifest format') });
});

test.for([
  ['has no copy of the manifest', ['copy'], 'vault has no copy of the manifest'],
  [
    'has the only manifest',
    ['manifest'],
    'vault has a manifest, primary has none: it is no backup there',
  ],
  ['lost a file', ['staticKubeResources'], /^vault: prod-eu.*tar\.gz is not there, expected/],
] as const)('a store that %s is told', async ([, omit, said]) => {
  await stored.backup(first, { omit });
  const [found] = await read();
  expect(found?.disagreements).toEqual([expect.stringMatching(said)]);
});

test('a manifest that is another one in the second store is told', async () => {
  const manifest = await stored.backup(first, { omit: ['copy'] });
  const other = JSON.stringify({ ...manifest, openshiftVersion: '4.18.8' }, undefined, 2);
  await stored.put('vault', manifestKey('prod-eu', first), `${other}\n`);
  expect((await read())[0]?.disagreements).toEqual(['the manifest in vault is another one']);
});

test('a manifest in the folder of another backup is told', async () => {
  await stored.backup(first, { manifest: { id: second } });
  expect((await read())[0]?.disagreements).toEqual([`the manifest is that of prod-eu/${second}`]);
});

test('a second store that does not answer is told, and the first one is read', async () => {
  await stored.backup(first);
  await rm(join(stored.directory, 'vault'), { recursive: true });
  expect(await read()).toEqual([
    expect.objectContaining({
      state: 'backup',
      disagreements: [],
      unanswered: expect.stringMatching(/^vault: .*not there/),
    }),
  ]);
});

test('a snapshot store that does not answer fails', async () => {
  await rm(join(stored.directory, 'primary'), { recursive: true });
  await expect(read()).rejects.toMatchObject({ type: 'StoreUnavailable' });
});

test('another cluster, and what is not named as a backup, is not among them', async () => {
  await stored.put('primary', 'prod-eu-2/20260101T010000Z-aaaaaaaaaaaa/manifest.json', '{}');
  await stored.put('primary', 'prod-eu/notes.txt', 'text');
  await stored.put('primary', 'prod-eu/old/manifest.json', '{}');
  expect(await read()).toEqual([]);
});

test('what was captured is as old as the earlier of the two clocks says', () => {
  const ahead = { ...exampleManifest.script, startedAt: '2030-01-01T00:00:00.000Z' };
  expect(capturedAt({ ...exampleManifest, script: ahead })).toEqual(
    new Date(exampleManifest.createdAt),
  );
  expect(capturedAt(exampleManifest)).toEqual(new Date(exampleManifest.script.startedAt));
});

describe('where keys are trusted', () => {
  const [ours, foreign] = [signingKeys(), signingKeys()];

  test('a manifest that one of them signed is a backup, and says by which key', async () => {
    await stored.backup(first, { signedBy: ours });
    expect(await read(foreign.publicKey, ours.publicKey)).toEqual([
      expect.objectContaining({
        state: 'backup',
        signature: { outcome: 'verified', keyId: keyIdOf(ours.publicKey) },
        disagreements: [],
      }),
    ]);
  });

  test.for([
    ['has no signature', {}, /no signature/],
    ['a foreign key signed', { signedBy: foreign }, /by key [0-9a-f]{64}, expected one by key/],
  ] as const)('a manifest that %s is untrusted, and no part of it is told', async (each) => {
    const [, how, observed] = each;
    await stored.backup(first, how);
    const [found] = await read(ours.publicKey);
    expect(found).toEqual({
      cluster: 'prod-eu',
      id: first,
      state: 'untrusted',
      observed: expect.stringMatching(observed),
      disagreements: [],
    });
  });

  test('a manifest that was signed for another backup is untrusted in its place', async () => {
    const manifest = await stored.backup(first, { signedBy: ours });
    const key = manifestKey('prod-eu', second);
    await stored.put('primary', key, canonicalManifest(manifest).toString());
    expect((await read(ours.publicKey)).map(({ id, state }) => [id, state])).toEqual([
      [second, 'untrusted'],
      [first, 'backup'],
    ]);
  });

  test.for([
    ['changed', 'untrusted', (text: string) => text.replace('4.18.7', '4.18.8')],
    ['overwritten', 'unreadable', () => 'no JSON'],
  ] as const)('a manifest that was %s leads to the whole one', async ([, state, change]) => {
    const manifest = await stored.backup(first, { signedBy: ours, omit: ['manifest'] });
    const changed = change(canonicalManifest(manifest).toString());
    await stored.put('primary', manifestKey('prod-eu', first), changed);
    expect(await read(ours.publicKey)).toEqual([
      expect.objectContaining({
        state,
        disagreements: ['the manifest in vault is another one, and trusted'],
      }),
    ]);
  });

  test('nothing is verified without one, and that is told', async () => {
    await stored.backup(first, { signedBy: foreign });
    expect(await read()).toEqual([
      expect.objectContaining({ state: 'backup', signature: { outcome: 'notVerified' } }),
    ]);
  });
});
