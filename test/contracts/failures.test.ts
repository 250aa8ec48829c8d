import { readFile } from 'node:fs/promises';

import { expect, test } from 'vitest';

import {
  failure,
  failureCatalogue,
  failureDetails,
  failureType,
} from '../../src/contracts/failures.ts';

test('a failure says what was observed, where, and what to do next', () => {
  const full = failure('NodeDiskFull', { observed: '1 MiB free', where: { node: 'master-1' } });
  expect(full).toMatchObject({
    type: 'NodeDiskFull',
    message: '1 MiB free [node=master-1]',
    nonRetryable: true,
    details: [
      {
        observed: '1 MiB free [node=master-1]',
        nextStep: failureCatalogue.NodeDiskFull.nextStep,
      },
    ],
  });
});

test.each([
  ['ClusterUnreachable', true],
  ['StoreUnavailable', true],
  ['ClusterNotConfigured', true],
  ['GuardRefused', false],
  ['VerificationFailed', false],
] as const)('Temporal is told whether to try %s again', (type, retryable) => {
  expect(failure(type, { observed: 'x' }).nonRetryable).toBe(!retryable);
});

test('a page of output becomes one line of at most 400 characters', () => {
  const { message } = failure('ScriptFailed', { observed: `a\n\tb ${'c'.repeat(5000)}` });
  expect(message).toMatch(/^a b c+…$/);
  expect(message).toHaveLength(400);
});

test('of several observations none is lost, however long they are together', () => {
  const observed = Array.from({ length: 14 }, (_, index) => `guard ${index}: ${'x'.repeat(300)}`);
  const { message } = failure('GuardRefused', { observed });
  expect(message.split(' | ')).toEqual(observed);
  expect(failure('GuardRefused', { observed: ['one', 'x'.repeat(500)] }).message).toHaveLength(406);
});

test('an error that is not of the catalogue is told apart', () => {
  expect(failureType(new Error('boom'))).toBeUndefined();
  expect(failureDetails(new Error('boom'))).toMatchObject({ observed: 'boom' });
});

test('docs/failures.md has one row for every failure, with the words of the catalogue', async () => {
  const text = await readFile(new URL('../../docs/failures.md', import.meta.url), 'utf8');
  const rows = text
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map(([, type, meaning, retried, nextStep]) => ({ type, meaning, retried, nextStep }));
  const expected = Object.entries(failureCatalogue).map(([type, entry]) => ({
    type: `\`${type}\``,
    meaning: entry.meaning,
    retried: entry.retryable ? 'yes' : 'no',
    nextStep: entry.nextStep,
  }));
  expect(rows).toEqual(expected);
});
