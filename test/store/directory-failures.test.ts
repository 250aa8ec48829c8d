import { tmpdir } from 'node:os';

import { expect, test } from 'vitest';

import { withDirectoryFailures } from '../../src/store/directory-failures.ts';

const place = { name: 'vault', directory: tmpdir() };
const throwing = (fault: unknown) =>
  withDirectoryFailures(place, 'writing prod/a', () => Promise.reject(fault));
const systemError = (code: string) => Object.assign(new Error(`${code}: secret path`), { code });

test.each([
  ['EIO', 'StoreUnavailable', false],
  ['ESTALE', 'StoreUnavailable', false],
  ['ENOTCONN', 'StoreUnavailable', false],
  ['ENOSPC', 'StoreUnavailable', false],
  ['EDQUOT', 'StoreUnavailable', false],
  ['EACCES', 'StoreDenied', true],
  ['EPERM', 'StoreDenied', true],
  ['EROFS', 'StoreDenied', true],
  ['EOPNOTSUPP', 'StoreRefused', true],
])('%s of a file system is %s', async (code, type, nonRetryable) => {
  await expect(throwing(systemError(code))).rejects.toMatchObject({
    type,
    nonRetryable,
    message: expect.stringMatching(
      new RegExp(`^writing prod/a in directory ${place.directory}: ${code}.* \\[store=vault\\]$`),
    ),
  });
});

test.each(['ENOSPC', 'EDQUOT'])('%s says how many bytes are free', async (code) => {
  const full = throwing(systemError(code));
  await expect(full).rejects.toThrow(/: E[A-Z]+, \d+ bytes free \[/);
});

test('a fault of this program is not disguised as one of the store', async () => {
  for (const fault of [new TypeError('x'), systemError('ERR_OUT_OF_RANGE')]) {
    await expect(throwing(fault)).rejects.toBe(fault);
  }
});
