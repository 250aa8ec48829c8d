import { expect, test } from 'vitest';

import { finding, fit, oneFile } from './node-guard-context.ts';

const recipients = ['age1'];
const copies = [{ snapshot: 'second', staticKubeResources: 'vault' }];

test('keys may lie in one file with the snapshot where it is sealed for recipients', () => {
  const policy = { ...fit.policy, storePolicies: { primary: { recipients } } };
  expect(finding('combinedFile', { script: oneFile, policy })).toMatchObject({
    outcome: 'passed',
    evidence: expect.stringContaining('sealed for the recipients of primary'),
  });
});

test('but not where one of its places would not seal it', () => {
  const policy = {
    ...fit.policy,
    copies,
    storePolicies: { primary: { recipients }, vault: { recipients } },
  };
  expect(finding('combinedFile', { script: oneFile, policy })).toMatchObject({
    outcome: 'refused',
    evidence: expect.stringContaining('with the keys 2, 1 in it'),
  });
});

test('in every place that seals it', () => {
  const policy = {
    ...fit.policy,
    copies,
    storePolicies: { primary: { recipients }, second: { recipients } },
  };
  expect(finding('combinedFile', { script: oneFile, policy })).toMatchObject({
    evidence: expect.stringContaining('recipients of primary, second'),
  });
});
