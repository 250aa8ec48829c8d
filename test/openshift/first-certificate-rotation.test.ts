import { describe, expect, test } from 'vitest';

import { firstCertificateRotation } from '../../src/openshift/guards/first-certificate-rotation.ts';
import type { GuardSettings } from '../../src/openshift/guards/guard.ts';
import { context, healthy, hoursFromNow, signer } from './healthy-context.ts';

/** What the guard says of a cluster that was installed so many hours ago and has these signers. */
const judge = (
  hoursAgo: number,
  signers: readonly ReturnType<typeof signer>[],
  setting: GuardSettings['beforeFirstCertificateRotation'] = 'refuse',
) =>
  firstCertificateRotation(
    context({
      observed: { version: { ...healthy.version, installedAt: hoursFromNow(-hoursAgo) }, signers },
      settings: { beforeFirstCertificateRotation: setting },
    }),
  );
const installers = (hoursAgo: number) => signer(-hoursAgo - 1, -hoursAgo + 23);

describe('the first certificate rotation', () => {
  test('is over when a signer that began after the installation lasts longer than a day', () => {
    expect(judge(25, [installers(25), signer(-2, 718)]).outcome).toBe('passed');
  });

  test('is never over in the first 24 hours, whatever the signers are', () => {
    const rotated = [signer(-2, 718)];
    expect(judge(24, rotated).outcome).toBe('passed');
    const { outcome, ...early } = judge(23.999, rotated);
    expect(outcome).toBe('refused');
    expect(early).toMatchObject({ until: hoursFromNow(0.001) });
  });

  test.each([
    ["the installer's own, which lasts a day", signer(-30.1, -6.1)],
    ['one that began before the installation', signer(-31, 700)],
    ['one that lasts no longer than a day', signer(-2, 22)],
    ['one that has expired', signer(-29, -1)],
    ['one that has not begun', signer(1, 700)],
  ])('is not over with %s', (_, only) => {
    expect(judge(30, [only]).outcome).toBe('refused');
  });

  test('is not over without any signer', () => {
    expect(judge(30, []).outcome).toBe('refused');
  });

  test('makes a run wait until 24 hours after the installation', () => {
    expect(judge(20, [installers(20)], 'wait')).toMatchObject({
      outcome: 'waiting',
      until: hoursFromNow(4),
    });
  });

  test('makes a run look again every ten minutes while the rotation is late, for a day', () => {
    expect(judge(25, [installers(25)], 'wait')).toMatchObject({
      outcome: 'waiting',
      until: hoursFromNow(1 / 6),
    });
    expect(judge(48, [installers(48)], 'wait').outcome).toBe('refused');
  });
});
