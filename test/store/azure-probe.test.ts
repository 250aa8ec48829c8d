import { describe, expect, test } from 'vitest';

import { AzureBench } from './azure-bench.ts';
import { probeFaults } from './fault-promises.ts';
import { signal } from './store-bench.ts';

const bench = new AzureBench();

describe('what a container is found to give', () => {
  probeFaults(bench);

  test('leaves one object there, however often it is asked', async () => {
    const store = bench.open({ prefix: 'a/b' });
    for (const each of [store, store, bench.open({ prefix: 'a/b' })]) {
      expect(await each.capabilities(signal)).toEqual({
        createOnly: true,
        checksumsEnforced: true,
        presignPart: false,
        listUploads: true,
        objectLock: false,
        givenUpPartsStayMs: 7 * 24 * 60 * 60 * 1000,
      });
    }
    expect([...bench.server.container.blobs.keys()]).toEqual(['a/b/.probe']);
    expect([...bench.server.container.uncommitted.keys()]).toEqual([]);
  });

  test('is refused when it takes bytes under a wrong checksum', async () => {
    await bench.restartWith({ checksums: 'ignored' });
    await expect(bench.open().capabilities(signal)).rejects.toMatchObject({
      type: 'StoreRefused',
      nonRetryable: true,
      message: expect.stringContaining('wrong MD5'),
    });
  });

  test.each([
    [false, 'a blob took a name that was taken'],
    ['blobs', 'a block list took a name that was taken'],
  ] as const)('is refused when it lets names be taken again (%s)', async (createOnly, observed) => {
    await bench.restartWith({ createOnly });
    await expect(bench.open().capabilities(signal)).rejects.toMatchObject({
      type: 'StoreRefused',
      nonRetryable: true,
      message: expect.stringContaining(observed),
    });
  });

  test.each([
    [{ refuse: 403, code: 'AuthenticationFailed' }, 'StoreDenied', 'expired'],
    [
      { refuse: 403, code: 'AuthorizationPermissionMismatch' },
      'StoreDenied',
      'etcd-backup policy primary',
    ],
    [{ refuse: 403, code: 'KeyBasedAuthenticationNotPermitted' }, 'StoreDenied', 'takes no keys'],
    [{ refuse: 401, code: 'InvalidAuthenticationInfo' }, 'StoreDenied', 'etcd-backup policy'],
    [{ refuse: 404, code: 'ContainerNotFound' }, 'StoreUnavailable', 'Make the container'],
    [{ refuse: 409, code: 'ContainerBeingDeleted' }, 'StoreUnavailable', 'Check the endpoint'],
    [{ refuse: 400, code: 'InvalidQueryParameterValue' }, 'StoreRefused', 'account can do'],
    [{ refuse: 503, code: 'ServerBusy' }, 'StoreUnavailable', 'Check the endpoint'],
  ] as const)('says what to do about %j', async (fault, type, nextStep) => {
    bench.server.fail('List Blobs', fault, 4);
    await expect(bench.open().capabilities(signal)).rejects.toMatchObject({
      type,
      message: expect.stringContaining(`List Blobs: ${fault.code} (${fault.refuse})`),
      details: [{ nextStep: expect.stringContaining(nextStep) }],
    });
  });
});
