import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { commitBackupStep } from '../../src/activities/commit-backup.ts';
import type { SigningConfig } from '../../src/config/config.ts';
import { policyOf } from '../../src/config/policy.ts';
import { createResolver } from '../../src/config/resolve.ts';
import type { Manifest } from '../../src/contracts/index.ts';
import { keyIdOf } from '../../src/store/key-id.ts';
import { failedKey, manifestKey } from '../../src/store/layout.ts';
import { parseManifest } from '../../src/store/manifest.ts';
import { signManifest } from '../../src/store/sign-manifest.ts';
import { verifyManifest } from '../../src/store/verify-manifest.ts';
import { exampleManifest } from '../store/example-manifest.ts';
import { signingKeys } from '../store/signing-keys.ts';
import { useSteps } from './step-bench.ts';

describe('the manifest', () => {
  const bench = useSteps();
  const commit = async (manifest = exampleManifest) =>
    await commitBackupStep(
      { run: bench.input.run, policy: bench.input.policy, manifest },
      bench.context,
    );
  const stat = async (store: 'primary' | 'vault', keyOf = manifestKey) =>
    await bench.context.resolver
      .store(store)
      .stat(keyOf('demo', bench.input.run.id), bench.context.signal);

  test('stands in both stores, and may be written again with the same bytes only', async () => {
    const reference = await commit();
    expect(await stat('primary')).toMatchObject({ key: reference.key });
    expect(await stat('vault')).toEqual(await stat('primary'));
    expect(await commit()).toEqual(reference);
    const other = { ...exampleManifest, openshiftVersion: '4.18.8' };
    await expect(commit(other)).rejects.toMatchObject({ type: 'StoreRefused' });
  });

  test('is not written where a level failed: a record of the failure is', async () => {
    const failed = { level: 'transport', outcome: 'failed', evidence: 'other bytes' } as const;
    const verification = [...exampleManifest.verification, failed];
    await expect(commit({ ...exampleManifest, verification })).rejects.toMatchObject({
      type: 'VerificationFailed',
      nonRetryable: true,
      message: expect.stringContaining('transport: other bytes'),
    });
    expect(await stat('primary')).toBeUndefined();
    expect(await stat('vault')).toBeUndefined();
    expect(await stat('primary', failedKey)).toBeDefined();
  });

  test('comes last into the store where readers look', async () => {
    const { resolver, signal } = bench.context;
    const key = manifestKey('demo', bench.input.run.id);
    await resolver.store('vault').create(key, Buffer.from('taken'), signal);
    await expect(commit()).rejects.toMatchObject({ type: 'StoreRefused' });
    expect(await stat('primary')).toBeUndefined();
  });
});

describe('a manifest that is signed', () => {
  const bench = useSteps();
  const [ours, foreign] = [signingKeys(), signingKeys()];
  const { signature: _signature, ...unsigned } = exampleManifest;

  /** Writes the manifest on a worker with these keys. */
  const commit = async (
    signing: SigningConfig | undefined,
    manifest: Manifest = unsigned,
    policy = bench.input.policy,
  ) => {
    const config = { ...bench.config, ...(signing === undefined ? {} : { signing }) };
    const context = { ...bench.context, resolver: createResolver(config) };
    return await commitBackupStep({ run: bench.input.run, policy, manifest }, context);
  };
  const keyFile = async (name: string, pem: string) => {
    const file = join(bench.stores.primary, '..', name);
    await writeFile(file, pem);
    return { file };
  };
  const ourKey = async () => ({ privateKey: await keyFile('ours.pem', ours.privatePem) });
  const read = async (store: 'primary' | 'vault', keyOf = manifestKey) => {
    const { resolver, signal } = bench.context;
    const key = keyOf('demo', bench.input.run.id);
    const bytes = Buffer.alloc((await resolver.store(store).stat(key, signal))?.sizeBytes ?? 0);
    if (bytes.length > 0) await resolver.store(store).read(key, 0, bytes, signal);
    return bytes;
  };

  test('is the same in both stores, and again when it is written again', async () => {
    const reference = await commit(await ourKey());
    const bytes = await read('primary');
    expect(await read('vault')).toEqual(bytes);
    expect(verifyManifest(bytes, [ours.publicKey])).toEqual({
      outcome: 'verified',
      keyId: keyIdOf(ours.publicKey),
    });
    expect(reference.signature).toEqual(parseManifest(bytes).signature);
    expect(await commit(await ourKey())).toEqual(reference);
  });

  test('already, is written as it is, by a worker without the private key too', async () => {
    const signed = signManifest(unsigned, ours.privateKey);
    const publicKeys = [await keyFile('ours.pub', ours.publicPem)];
    const { signature } = await commit({ publicKeys }, signed);
    expect(signature).toEqual(signed.signature);
    expect(await commit(undefined, signed)).toMatchObject({ signature });
    expect(parseManifest(await read('primary'))).toEqual(signed);
  });

  test.for([
    ['by a foreign key', signManifest(unsigned, foreign.privateKey)],
    [
      'over other fields',
      { ...signManifest(unsigned, ours.privateKey), openshiftVersion: '4.1.0' },
    ],
  ] as const)('already, %s, is not written', async ([, manifest]) => {
    await expect(commit(await ourKey(), manifest)).rejects.toMatchObject({
      type: 'ManifestInvalid',
      nonRetryable: true,
      message: expect.stringMatching(/^the manifest to be written: .* key/),
    });
    expect(await read('vault')).toHaveLength(0);
  });

  test('by the policy of its run is not written unsigned', async () => {
    const config = { ...bench.config, signing: await ourKey() };
    const policy = policyOf(config, 'demo', {});
    const refused = { type: 'SigningKeyUnavailable', nonRetryable: false };
    await expect(commit(undefined, unsigned, policy)).rejects.toMatchObject(refused);
    const nowhere = { privateKey: { file: '/nowhere/key.pem' } };
    await expect(commit(nowhere, unsigned, policy)).rejects.toMatchObject({
      ...refused,
      message:
        'signing.privateKey.file: expected an Ed25519 private key in PEM (PKCS#8), got no such file (/nowhere/key.pem)',
    });
    expect(await read('vault')).toHaveLength(0);
  });

  test('is no record of a failure: it could be put in the place of a manifest', async () => {
    const failed = { level: 'transport', outcome: 'failed', evidence: 'other bytes' } as const;
    const manifest = { ...unsigned, verification: [failed] };
    for (const given of [manifest, signManifest(manifest, ours.privateKey)]) {
      await expect(commit(await ourKey(), given)).rejects.toMatchObject({
        type: 'VerificationFailed',
      });
    }
    expect(parseManifest(await read('primary', failedKey))).toEqual(manifest);
  });
});
