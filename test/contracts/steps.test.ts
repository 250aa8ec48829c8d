import { expect, test } from 'vitest';

import { staticMetadata } from '../../src/contracts/index.ts';

test('a run that resumes another one does not say that it takes a snapshot', () => {
  const taking = staticMetadata({ cluster: 'prod-eu' });
  expect(taking.staticSummary).toBe('etcd backup of prod-eu');
  expect(taking.staticDetails).toContain('Takes a snapshot');
  const resuming = staticMetadata({ cluster: 'prod-eu', resume: '3f9c01d2ab47' });
  expect(resuming.staticSummary).toBe('etcd backup of prod-eu, resumed from run 3f9c01d2ab47');
  expect(resuming.staticDetails).toContain('Takes no snapshot');
});
