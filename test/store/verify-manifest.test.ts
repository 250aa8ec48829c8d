import { sign } from 'node:crypto';

import { describe, expect, test } from 'vitest';

import { keyIdOf } from '../../src/store/key-id.ts';
import { canonicalManifest } from '../../src/store/manifest.ts';
import { signManifest } from '../../src/store/sign-manifest.ts';
import { verifyManifest } from '../../src/store/verify-manifest.ts';
import { exampleManifest } from './example-manifest.ts';
import { signingKeys } from './signing-keys.ts';

const [ours, older, foreign] = [signingKeys(), signingKeys(), signingKeys()];
const signed = signManifest(exampleManifest, ours.privateKey);
const bytes = canonicalManifest(signed);
const known = [older.publicKey, ours.publicKey];

const refused = (observed: RegExp) => ({
  outcome: 'refused',
  observed: expect.stringMatching(observed),
});

test('a manifest that a known key signed is verified, and names the key', () => {
  const keyId = keyIdOf(ours.publicKey);
  expect(verifyManifest(bytes, known)).toEqual({ outcome: 'verified', keyId });
  expect(signed.signature).toMatchObject({ algorithm: 'ed25519', keyId });
});

test('the same manifest signed again has the same bytes, whatever the order of its fields', () => {
  const shuffled = Object.fromEntries(Object.entries(exampleManifest).toReversed());
  const again = signManifest({ ...exampleManifest, ...shuffled }, ours.privateKey);
  expect(canonicalManifest(again).equals(bytes)).toBe(true);
  expect(canonicalManifest(signManifest(signed, ours.privateKey)).equals(bytes)).toBe(true);
});

test('a manifest without a signature is refused', () => {
  const { signature: _signature, ...unsigned } = signed;
  expect(verifyManifest(canonicalManifest(unsigned), known)).toEqual(refused(/no signature/));
});

test('a manifest that a foreign key signed is refused, and the keys are named', () => {
  const theirs = canonicalManifest(signManifest(exampleManifest, foreign.privateKey));
  const [got, expected] = [foreign, ours].map(({ publicKey }) => keyIdOf(publicKey));
  expect(verifyManifest(theirs, known)).toEqual(
    refused(new RegExp(`by key ${got}, expected .*${expected}`)),
  );
});

test('a foreign signature under the name of a known key is refused', () => {
  const { signature } = signManifest(exampleManifest, foreign.privateKey);
  const forged = { ...signed, signature: { ...signature, keyId: keyIdOf(ours.publicKey) } };
  expect(verifyManifest(canonicalManifest(forged), known)).toEqual(refused(/is not what key/));
});

/** The path of every value in a manifest, whatever fields it will have. */
function leavesOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([name, each]) => leavesOf(each, [...path, name]));
}

describe('a manifest is refused after a change of', () => {
  const { signature: _signature, ...fields } = signed;

  test.for(leavesOf(fields).map((path) => [path.join('.'), path] as const))('%s', ([, path]) => {
    const json: unknown = JSON.parse(bytes.toString());
    expect(verifyManifest(Buffer.from(text(json)), known)).toMatchObject({ outcome: 'verified' });
    change(json, path);
    expect(outcome(Buffer.from(text(json)))).not.toBe('verified');
  });

  test('a field that this release does not know', () => {
    const { signature: _signature, ...unsigned } = exampleManifest;
    const newer = { ...unsigned, rehearsedAt: '2026-01-01' };
    const value = sign(null, Buffer.from(text(newer)), ours.privateKey).toString('base64');
    const whole = text({ ...newer, signature: { ...signed.signature, value } });
    expect(verifyManifest(Buffer.from(whole), known)).toMatchObject({ outcome: 'verified' });
    const later = whole.replace('"rehearsedAt": "2026', '"rehearsedAt": "2027');
    expect(verifyManifest(Buffer.from(later), known)).toEqual(refused(/is not what key/));
  });

  test.for<[string, string | RegExp, string]>([
    ['its white space', '  "id"', '    "id"'],
    ['its last newline', /\n$/, ''],
    [
      'a field that stands there twice',
      '"openshiftVersion"',
      '"openshiftVersion": "4.1.0",\n  "openshiftVersion"',
    ],
    ['a number that means the same', '"revision": 31,', '"revision": 31.0,'],
  ])('%s', ([, from, to]) => {
    const changed = bytes.toString().replace(from, to);
    expect(changed).not.toBe(bytes.toString());
    expect(verifyManifest(Buffer.from(changed), known)).toEqual(refused(/is not what key/));
  });
});

function text(json: unknown): string {
  return `${JSON.stringify(json, undefined, 2)}\n`;
}

/** A value that the format does not know is refused before its signature is looked at. */
function outcome(changed: Buffer): string {
  try {
    return verifyManifest(changed, known).outcome;
  } catch {
    return 'no manifest';
  }
}

function change(json: unknown, path: readonly string[]): void {
  const name = path.at(-1) ?? '';
  let holder = json;
  for (const segment of path.slice(0, -1)) holder = Reflect.get(Object(holder), segment);
  const value: unknown = Reflect.get(Object(holder), name);
  Reflect.set(Object(holder), name, changed(value));
}

function changed(value: unknown): unknown {
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'boolean') return !value;
  return `${String(value).slice(0, -1)}${String(value).endsWith('0') ? '1' : '0'}`;
}
