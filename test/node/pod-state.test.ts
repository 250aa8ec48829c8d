import { expect, test } from 'vitest';

import type { Pod } from '../../src/kubernetes/pod.ts';
import { podState } from '../../src/node/pod-state.ts';

type Status = Pod['status'];

const pod = (status: Status, metadata: Partial<Pod['metadata']> = {}): Pod => ({
  metadata: { name: 'p', uid: 'u', ...metadata },
  spec: { nodeName: 'master-0' },
  status,
});
const waiting = (reason: string): Status => ({
  phase: 'Pending',
  containerStatuses: [{ state: { waiting: { reason } }, ready: false }],
});
const running = { state: { running: {} }, ready: true };
const terminated = { state: { terminated: { reason: 'Error' } }, ready: false };

test.each([
  ['was just accepted', pod({}), { kind: 'starting', reason: 'Pending' }],
  ['creates its container', pod(waiting('ContainerCreating')), { kind: 'starting' }],
  ['failed its first pull', pod(waiting('ErrImagePull')), { kind: 'starting' }],
  [
    'cannot get its image',
    pod(waiting('ImagePullBackOff')),
    { kind: 'stuck', reason: 'ImagePullBackOff' },
  ],
  [
    'cannot make its container',
    pod(waiting('CreateContainerError')),
    { kind: 'stuck', reason: 'CreateContainerError' },
  ],
  ['runs', pod({ phase: 'Running', containerStatuses: [running] }), { kind: 'running' }],
  [
    'runs, not ready',
    pod({ phase: 'Running', containerStatuses: [{ ...running, ready: false }] }),
    { kind: 'starting', reason: 'Running' },
  ],
  [
    'runs and is being deleted',
    pod({ phase: 'Running', containerStatuses: [running] }, { deletionTimestamp: '2026-01-01' }),
    { kind: 'ending' },
  ],
  [
    'was evicted',
    pod({ phase: 'Failed', reason: 'Evicted' }),
    { kind: 'ended', reason: 'Evicted' },
  ],
  [
    'slept to its end',
    pod({ phase: 'Succeeded', containerStatuses: [terminated] }),
    { kind: 'ended', reason: 'Error' },
  ],
  [
    'is past its deadline while its container still ends',
    pod({ phase: 'Failed', reason: 'DeadlineExceeded', containerStatuses: [running] }),
    { kind: 'ending', reason: 'DeadlineExceeded' },
  ],
])('a pod that %s is seen as such', (_what, given, state) => {
  expect(podState(given)).toMatchObject(state);
});

test('a reason that is no word is not repeated', () => {
  const secret = 'pull https://user:password@proxy failed';
  expect(podState(pod({ ...waiting(secret), reason: secret }))).toEqual({
    kind: 'stuck',
    reason: 'Pending',
  });
});
