import { expect, test } from 'vitest';

import { restoreSteps } from '../../src/cli/restore-steps.ts';
import { exampleManifest } from '../store/example-manifest.ts';

const [snapshot, tarball] = exampleManifest.files;
const folder = `prod-eu/${exampleManifest.id}`;
const plain = (file: NonNullable<typeof snapshot>) => {
  const { compression: _compression, recipients: _recipients, ...rest } = file;
  return { ...rest, key: `${folder}/${file.name}` };
};
const stepsOf = (...files: typeof exampleManifest.files) =>
  restoreSteps({ ...exampleManifest, files }, ['primary', 'vault']).join('\n');

test('what was stored as it is needs no opening', () => {
  expect(stepsOf(plain(snapshot!), plain(tarball!))).not.toContain('open first');
});

test('what was sealed and compressed is opened from the outside in', () => {
  const { name } = snapshot!;
  const sealed = {
    ...plain(snapshot!),
    key: `${folder}/${name}.zst.age`,
    compression: 'zstd',
    recipients: ['f'.repeat(64)],
  } as const;
  expect(stepsOf(sealed, plain(tarball!))).toContain(
    [
      'open first, see docs/encryption.md:',
      `  age -d -i <identity> -o ${name}.zst ${name}.zst.age`,
      `  zstd -d ${name}.zst`,
      'on the recovery node',
    ].join('\n'),
  );
});

test('what was sealed alone is opened by age alone', () => {
  const { name } = tarball!;
  const sealed = { ...plain(tarball!), key: `${folder}/${name}.age`, recipients: ['f'.repeat(64)] };
  const steps = stepsOf(sealed);
  expect(steps).toContain(`  age -d -i <identity> -o ${name} ${name}.age\non the recovery node`);
});

test('what several stores have comes from the one that was looked in, and is compared once', () => {
  const [mine, keys] = [plain(snapshot!), plain(tarball!)];
  const away = {
    ...mine,
    store: 'offsite',
    key: `${folder}/${mine.name}.zst`,
    compression: 'zstd',
  } as const;
  const files = [mine, away, keys, { ...keys, store: 'offsite-vault' }];
  const steps = restoreSteps({ ...exampleManifest, files }, ['offsite', 'offsite-vault']);
  expect(steps.slice(1, 8)).toEqual([
    'fetch from the stores:',
    `  offsite: ${away.key}`,
    `  or from primary: ${mine.key}`,
    `  offsite-vault: ${keys.key}`,
    `  or from vault: ${keys.key}`,
    'open first, see docs/encryption.md:',
    `  zstd -d ${mine.name}.zst`,
  ]);
  expect(steps.filter((line) => line.includes('sha256sum'))).toHaveLength(2);
});
