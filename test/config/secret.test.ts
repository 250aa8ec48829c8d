import { format, inspect } from 'node:util';

import { expect, test } from 'vitest';

import { Secret } from '../../src/config/secret.ts';

const secret = new Secret('hunter2');

test.for([
  ['a template', () => `it is ${String(secret)}`],
  ['JSON', () => JSON.stringify({ deep: [secret] })],
  ['inspect', () => inspect({ deep: [secret] }, { showHidden: true, depth: 9 })],
  ['console.log', () => format('%s %o %O %j', secret, secret, secret, secret)],
  ['an error', () => inspect(new Error(secret.toString(), { cause: secret }))],
  ['its keys', () => inspect(Object.entries(Object.getOwnPropertyDescriptors(secret)))],
  ['a copy', () => JSON.stringify(Object.assign({}, secret))],
] as const)('a secret is not printed by %s', ([, print]) => {
  expect(print()).not.toContain('hunter2');
});

test('a secret prints as [secret] and is revealed on demand only', () => {
  expect(inspect(secret)).toBe('[secret]');
  expect(JSON.stringify(secret)).toBe('"[secret]"');
  expect(String(secret)).toBe('[secret]');
  expect(secret.reveal()).toBe('hunter2');
});
