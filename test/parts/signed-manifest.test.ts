import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Ajv2020 } from 'ajv/dist/2020.js';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';

import type { BackupResult } from '../../src/index.ts';
import { keyIdOf } from '../../src/store/key-id.ts';
import { verifyManifest } from '../../src/store/verify-manifest.ts';
import { historyText } from '../lab/history-text.ts';
import { signingKeys } from '../store/signing-keys.ts';
import { openScene, readStored } from './scene.ts';

const main = join(import.meta.dirname, '../../src/cli/main.ts');
const ours = signingKeys();
const secretLines = ours.privatePem.split('\n').filter((line) => /^[^-]/.test(line));

let keys: string;
let scene: Awaited<ReturnType<typeof openScene>>;
let result: BackupResult;

beforeAll(async () => {
  keys = await mkdtemp(join(tmpdir(), 'etcd-backup-keys-'));
  await writeFile(join(keys, 'key.pem'), ours.privatePem, { mode: 0o600 });
  scene = await openScene({ signing: { privateKey: { file: join(keys, 'key.pem') } } });
  await scene.startWorker();
  result = await (await scene.start()).result();
});
afterAll(async () => {
  await scene?.[Symbol.asyncDispose]();
  await rm(keys, { recursive: true });
});

test('a run with a key signs its manifest, and both stores hold the same bytes', async () => {
  const bytes = await readStored(scene.stores.primary, result.manifest.key);
  expect(await readStored(scene.stores.vault, result.manifest.key)).toEqual(bytes);
  expect(verifyManifest(bytes, [ours.publicKey])).toEqual({
    outcome: 'verified',
    keyId: keyIdOf(ours.publicKey),
  });
});

test('its manifest is valid by the JSON Schema', async () => {
  const file = join(import.meta.dirname, '../../docs/manifest.schema.json');
  const schema: object = JSON.parse(await readFile(file, 'utf8'));
  const validate = new Ajv2020({ validateFormats: false }).compile(schema);
  const bytes = await readStored(scene.stores.primary, result.manifest.key);
  validate(JSON.parse(bytes.toString()));
  expect(validate.errors).toBeNull();
});

test('its backup is listed as verified', async () => {
  const argv = ['list', 'demo', '--json', '--config', scene.configFile];
  const { stdout } = await execa(process.execPath, [main, ...argv]);
  expect(JSON.parse(stdout)).toMatchObject({
    id: result.id,
    state: 'backup',
    signature: { outcome: 'verified' },
  });
});

test('nothing of the key is in the history, and the result is that of any run', async () => {
  const words = await historyText(scene.client.workflow.getHandle('etcd-backup/demo'));
  const found = ['signManifest', 'key.pem', ...secretLines].filter((word) => words.includes(word));
  expect(found).toEqual(['signManifest']);
  expect(Object.keys(result.manifest)).toEqual(['store', 'key', 'sha256']);
});
