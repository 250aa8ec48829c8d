import { createPrivateKey, createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';

import { keyIdOf } from '../store/key-id.ts';
import type { Config, KeyReference } from './config.ts';
import { ConfigError } from './config-error.ts';
import { Secret } from './secret.ts';

/**
 * The key that this worker signs manifests with, read anew; `undefined` where the configuration names none.
 *
 * @throws {ConfigError} where it cannot be read, is no Ed25519 key, or is one that the configuration's own `publicKeys` do not
 * believe
 */
export async function signingKey({ signing = {} }: Config): Promise<KeyObject | undefined> {
  const { privateKey, publicKeys = [] } = signing;
  if (privateKey === undefined) return undefined;
  const key = await readPrivateKey(privateKey);
  const known = await Promise.all(publicKeys.map(readPublicKey));
  if (known.length > 0 && !known.some((one) => one.equals(createPublicKey(key)))) {
    const expected = 'the public half of signing.privateKey among them';
    const got = `only ${known.map(keyIdOf).join(', ')}; it is ${keyIdOf(key)}`;
    throw new ConfigError([{ field: 'signing.publicKeys', expected, got }]);
  }
  return key;
}

/**
 * The keys whose signatures are believed, read anew; none where the configuration names none. Touches the private key only
 * where no public one is named.
 *
 * @throws {ConfigError} where one cannot be read or is no Ed25519 key
 */
export async function trustedKeys({ signing = {} }: Config): Promise<readonly KeyObject[]> {
  const { privateKey, publicKeys } = signing;
  if (publicKeys !== undefined) return await Promise.all(publicKeys.map(readPublicKey));
  return privateKey === undefined ? [] : [createPublicKey(await readPrivateKey(privateKey))];
}

async function readPrivateKey(reference: KeyReference): Promise<KeyObject> {
  const field = 'signing.privateKey';
  return await readKey(reference, field, { kind: 'private', format: 'PKCS#8' }, createPrivateKey);
}

async function readPublicKey(reference: KeyReference, index: number): Promise<KeyObject> {
  const field = `signing.publicKeys.${index}`;
  return await readKey(reference, field, { kind: 'public', format: 'SPKI' }, createPublicKey);
}

async function readKey(
  reference: KeyReference,
  field: string,
  { kind, format }: { readonly kind: 'private' | 'public'; readonly format: string },
  create: (pem: string) => KeyObject,
): Promise<KeyObject> {
  const pem = await readPem(reference);
  const key = typeof pem === 'string' ? pem : parse(pem, `${kind.toUpperCase()} KEY`, create);
  if (typeof key !== 'string') return key;
  const [name, place] = Object.entries(reference)[0] ?? [];
  const expected = `an Ed25519 ${kind} key in PEM (${format})`;
  throw new ConfigError([{ field: `${field}.${name}`, expected, got: `${key} (${place})` }]);
}

/** The text, or in words what was there in its place. */
async function readPem(reference: KeyReference): Promise<Secret | string> {
  if ('variable' in reference) {
    const text = process.env[reference.variable] ?? '';
    return text === '' ? 'a variable that is not set' : new Secret(text);
  }
  try {
    return new Secret(await readFile(reference.file, 'utf8'));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'an error';
    return reasons[code] ?? code;
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EISDIR: 'a directory',
};

/** The key, or what the text is instead, without a word of it. */
function parse(
  pem: Secret,
  expected: string,
  create: (pem: string) => KeyObject,
): KeyObject | string {
  const label = /^-----BEGIN ([A-Z0-9 ]{1,40})-----\r?$/m.exec(pem.reveal())?.[1];
  if (label === undefined) return 'text that is no PEM';
  // A private key would do as a public one, and would then lie where only public ones should.
  if (label !== expected) return `PEM labelled ${label}`;
  try {
    const key = create(pem.reveal());
    return key.asymmetricKeyType === 'ed25519' ? key : `a key of kind ${key.asymmetricKeyType}`;
  } catch {
    return `PEM labelled ${label} that cannot be read`;
  }
}
