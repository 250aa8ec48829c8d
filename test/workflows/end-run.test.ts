import {
  ActivityFailure,
  ApplicationFailure,
  defaultFailureConverter as converter,
  defaultPayloadConverter as payloads,
  TimeoutFailure,
} from '@temporalio/common';
import type { RetryState } from '@temporalio/common';
import { describe, expect, test } from 'vitest';

import { failure } from '../../src/contracts/failures.ts';
import { activityType } from '../../src/contracts/index.ts';
import { ofCatalogue } from '../../src/workflows/end-run.ts';

const leftovers = [{ what: 'a pod', where: 'openshift-etcd', nextStep: 'Delete it.' }];

/** As it comes from the server. */
function ofStep(cause: Error, retryState: RetryState = 'NON_RETRYABLE_FAILURE'): Error {
  const activity = activityType('uploadSnapshot');
  const error = new ActivityFailure('Activity task failed', activity, '7', retryState, 'w', cause);
  return converter.failureToError(converter.errorToFailure(error, payloads), payloads);
}

function timeout(before?: Error): TimeoutFailure {
  const error = new TimeoutFailure('activity Heartbeat timeout', undefined, 'HEARTBEAT');
  return Object.assign(error, { cause: before });
}

describe('what a run ends with', () => {
  test('is what its step failed with, and names the step', () => {
    const cause = failure('StoreDenied', { observed: 'store primary: 403' });
    expect(ofCatalogue(ofStep(cause), leftovers)).toMatchObject({
      type: 'StoreDenied',
      details: [{ step: 'uploadSnapshot', observed: 'store primary: 403', leftovers }],
    });
  });

  test.each([
    ['TIMEOUT', 'store primary: away; no time was left to try again'],
    ['MAXIMUM_ATTEMPTS_REACHED', 'store primary: away; every attempt failed'],
  ] as const)('says why nobody tried again: %s', (retryState, observed) => {
    const cause = failure('StoreUnavailable', { observed: 'store primary: away' });
    expect(ofCatalogue(ofStep(cause, retryState), [])).toMatchObject({
      type: 'StoreUnavailable',
      message: observed,
      details: [{ step: 'uploadSnapshot', observed }],
    });
  });

  test('is no progress where a step did not finish', () => {
    expect(ofCatalogue(ofStep(timeout()), [])).toMatchObject({
      type: 'NoProgress',
      details: [
        {
          step: 'uploadSnapshot',
          observed: 'uploadSnapshot did not finish: activity Heartbeat timeout',
        },
      ],
    });
  });

  test('is the failure of an attempt before where the last one did not finish', () => {
    const before = failure('StoreUnavailable', { observed: 'store primary: away' });
    const ended = ofCatalogue(ofStep(timeout(before)), leftovers);
    expect(ended).toMatchObject({
      type: 'StoreUnavailable',
      details: [
        {
          step: 'uploadSnapshot',
          observed:
            'store primary: away; after that uploadSnapshot did not finish: activity Heartbeat timeout',
          leftovers,
        },
      ],
    });
    expect(ended.message).toContain('store primary: away');
  });

  test('is unexpected where nobody foresaw it', () => {
    const cause = ApplicationFailure.create({ message: 'x is not a function', type: 'TypeError' });
    expect(ofCatalogue(ofStep(cause), [])).toMatchObject({
      type: 'UnexpectedError',
      details: [{ step: 'uploadSnapshot', observed: 'x is not a function' }],
    });
  });
});
