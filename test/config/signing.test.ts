import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';

import { afterEach, describe, expect, test, vi } from 'vitest';

import { signingKey, trustedKeys } from '../../src/config/signing-keys.ts';
import { keyIdOf } from '../../src/store/key-id.ts';
import { signingKeys } from '../store/signing-keys.ts';
import { complaints, directory, load, small } from './load-yaml.ts';

const ours = signingKeys();
const other = signingKeys();
const withSigning = (yaml: string) => `${small}signing: ${yaml}\n`;

afterEach(() => vi.unstubAllEnvs());

const put = async (name: string, text: string) => await writeFile(join(directory, name), text);
const configOf = async (yaml: string) => await load(withSigning(yaml));

test('keys are named by file, from the folder of the configuration, or by variable', async () => {
  const config = await configOf('{ privateKey: { variable: KEY }, publicKeys: [{ file: a.pub }] }');
  expect(config.signing).toEqual({
    privateKey: { variable: 'KEY' },
    publicKeys: [{ file: join(directory, 'a.pub') }],
  });
});

test.for([
  ['no key at all', '{}', '7:10: signing: expected privateKey, publicKeys or both, got no key'],
  [
    'an empty list',
    '{ publicKeys: [] }',
    '7:24: signing.publicKeys: expected at least one public key, got a list',
  ],
  [
    'a key of two places',
    '{ privateKey: { file: a, variable: B } }',
    '7:24: signing.privateKey: expected either file or variable, got file and variable',
  ],
  [
    'a misspelt key within a list',
    '{ publicKeys: [{ flie: a }] }',
    '7:27: signing.publicKeys.0.flie: expected one of file, variable, got an unknown key; did you mean file?',
  ],
  [
    'the key itself in place of its name',
    `{ privateKey: "${ours.privatePem.replaceAll('\n', String.raw`\n`)}" }`,
    '7:24: signing.privateKey: expected a mapping with file or variable, got text of 119 characters',
  ],
] as const)('names the place of %s', async ([, yaml, expected]) => {
  expect(await complaints(withSigning(yaml))).toEqual([`etcd-backup.yaml:${expected}`]);
});

describe('the key that signs', () => {
  test('is read from its file or variable, anew each time', async () => {
    await put('key.pem', ours.privatePem);
    const config = await configOf('{ privateKey: { file: key.pem } }');
    expect((await signingKey(config))?.equals(ours.privateKey)).toBe(true);
    await put('key.pem', other.privatePem);
    expect((await signingKey(config))?.equals(other.privateKey)).toBe(true);
    vi.stubEnv('SIGNING_KEY', ours.privatePem);
    const inVariable = await configOf('{ privateKey: { variable: SIGNING_KEY } }');
    expect((await signingKey(inVariable))?.equals(ours.privateKey)).toBe(true);
  });

  test('is none where the configuration names none', async () => {
    await put('a.pub', ours.publicPem);
    expect(await signingKey(await load(small))).toBeUndefined();
    expect(await signingKey(await configOf('{ publicKeys: [{ file: a.pub }] }'))).toBeUndefined();
  });

  test('is refused where the readers of the same configuration would not believe it', async () => {
    await put('key.pem', ours.privatePem);
    await put('a.pub', other.publicPem);
    const config = await configOf(
      '{ privateKey: { file: key.pem }, publicKeys: [{ file: a.pub }] }',
    );
    const [known, signer] = [other, ours].map(({ publicKey }) => keyIdOf(publicKey));
    await expect(signingKey(config)).rejects.toThrow(
      `signing.publicKeys: expected the public half of signing.privateKey among them, got only ${known}; it is ${signer}`,
    );
  });

  test('in a variable that is not set is refused', async () => {
    await expect(
      signingKey(await configOf('{ privateKey: { variable: NOT_SET } }')),
    ).rejects.toThrow(
      'signing.privateKey.variable: expected an Ed25519 private key in PEM (PKCS#8), got a variable that is not set (NOT_SET)',
    );
  });
});

describe('the keys that are believed', () => {
  test('are those of the list, without a look at the private one', async () => {
    await put('a.pub', ours.publicPem);
    await put('b.pub', other.publicPem);
    const config = await configOf(
      '{ privateKey: { file: nowhere }, publicKeys: [{ file: a.pub }, { file: b.pub }] }',
    );
    expect((await trustedKeys(config)).map(keyIdOf)).toEqual(
      [ours, other].map(({ publicKey }) => keyIdOf(publicKey)),
    );
  });

  test('are the public half of the private one where there is no list', async () => {
    await put('key.pem', ours.privatePem);
    const config = await configOf('{ privateKey: { file: key.pem } }');
    expect((await trustedKeys(config)).map(keyIdOf)).toEqual([keyIdOf(ours.publicKey)]);
    expect(await trustedKeys(await load(small))).toEqual([]);
  });
});

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const publicRsa = rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString();
const encrypted = ours.privateKey
  .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' })
  .toString();

describe('a file that holds no such key is refused by its field, and nothing of it is told:', () => {
  test.for([
    ['a private key for a public one', 'public', ours.privatePem, 'PEM labelled PRIVATE KEY ('],
    ['a public key for a private one', 'private', ours.publicPem, 'PEM labelled PUBLIC KEY ('],
    ['a key of another kind', 'public', publicRsa, 'a key of kind rsa ('],
    ['an encrypted key', 'private', encrypted, 'PEM labelled ENCRYPTED PRIVATE KEY ('],
    [
      'half a key',
      'private',
      ours.privatePem.slice(0, 60),
      'PEM labelled PRIVATE KEY that cannot be read (',
    ],
    ['text', 'private', 'hunter2', 'text that is no PEM ('],
  ] as const)('%s', async ([, kind, text, got]) => {
    await put('key', text);
    const isPublic = kind === 'public';
    const config = await configOf(
      isPublic ? '{ publicKeys: [{ file: key }] }' : '{ privateKey: { file: key } }',
    );
    const error: unknown = await (isPublic ? trustedKeys(config) : signingKey(config)).catch(
      (caught: unknown) => caught,
    );
    expect(error).toMatchObject({
      name: 'ConfigError',
      problems: [
        {
          field: isPublic ? 'signing.publicKeys.0.file' : 'signing.privateKey.file',
          expected: expect.stringContaining(`an Ed25519 ${kind} key in PEM`),
          got: `${got}${join(directory, 'key')})`,
        },
      ],
    });
    const told = inspect(error, { showHidden: true, depth: 9 });
    for (const line of text.split('\n').filter((one) => /^[^-]/.test(one))) {
      expect(told).not.toContain(line);
    }
  });
});
