import { createHash } from 'node:crypto';

import { storesOf } from '../contracts/index.ts';
import type { BackupActivities, Manifest } from '../contracts/index.ts';
import { failure } from '../contracts/failures.ts';
import { failedKey, manifestKey } from '../store/layout.ts';
import { canonicalManifest } from '../store/manifest.ts';
import { signedManifest } from './signed-manifest.ts';
import type { StepContext } from './step.ts';

type CommitBackup = BackupActivities['commitBackup'];

/**
 * Writes the manifest, signed where a key is configured, create-only, into the stores, last into the one that readers look in: from
 * then on the files are a backup. Where a required level failed it writes `failed.json` into that one instead, which nobody vouches
 * for, and fails.
 *
 * @throws `VerificationFailed`, not retryable
 * @throws `SigningKeyUnavailable`, retryable; `ManifestInvalid`, not retryable, for a signature that does not fit
 */
export async function commitBackupStep(
  { run, policy, manifest, stores = storesOf(policy) }: Parameters<CommitBackup>[0],
  { resolver, signal }: StepContext,
): ReturnType<CommitBackup> {
  const { snapshot } = policy.stores;
  const failed = manifest.verification.filter(({ outcome }) => outcome === 'failed');
  if (failed.length > 0) {
    const key = failedKey(run.cluster, run.id);
    // Signed, it could be put in the place of a manifest.
    const { signature: _signature, ...unsigned } = manifest;
    await resolver.store(snapshot).create(key, canonicalManifest(unsigned), signal);
    throw refusal(manifest, `${snapshot}/${key}`);
  }
  const signed = await signedManifest(manifest, policy, resolver);
  const bytes = canonicalManifest(signed);
  const key = manifestKey(run.cluster, run.id);
  // Readers look into the snapshot store: once it is there, it is everywhere.
  const last = stores.filter((name) => name === snapshot);
  for (const name of [...stores.filter((name) => name !== snapshot), ...last]) {
    await resolver.store(name).create(key, bytes, signal);
  }
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const { signature } = signed;
  return { store: snapshot, key, sha256, ...(signature === undefined ? {} : { signature }) };
}

function refusal({ verification }: Manifest, record: string): Error {
  const failed = verification.filter(({ outcome }) => outcome === 'failed');
  return failure('VerificationFailed', {
    observed: failed.map(({ level, evidence }) => `${level}: ${evidence}`).join(' | '),
    where: { record },
  });
}
