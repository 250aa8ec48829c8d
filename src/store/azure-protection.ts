import type {
  BlobGetPropertiesResponse,
  BlobImmutabilityPolicy,
  Metadata,
} from '@azure/storage-blob';

import type { ObjectLock } from '../contracts/files.ts';
import { failure } from '../contracts/failures.ts';
import { azureRefusal, isTaken } from './azure-failures.ts';
import type { AzureStoreOptions } from './azure-options.ts';

// What a blob of ours says of itself: that it is one, and how long it was to be kept. Azure takes names of letters, digits and _.
const mark = 'temporal_etcd_backup';
const retainUntil = 'temporal_etcd_backup_retain_until';

/**
 * What every new blob asks for: our mark, and an immutability policy from now on. For `Put Blob` and `Put Block List` alike.
 *
 * @see https://learn.microsoft.com/en-us/azure/storage/blobs/immutable-version-level-worm-policies
 */
export function azureProtection({ immutability }: AzureStoreOptions): {
  readonly metadata: Metadata;
  readonly immutabilityPolicy?: BlobImmutabilityPolicy;
} {
  if (immutability === undefined) return { metadata: { [mark]: '1' } };
  const { mode, retainForMs } = immutability;
  // The header has whole seconds.
  const until = new Date(Math.ceil((Date.now() + retainForMs) / 1000) * 1000);
  return {
    metadata: { [mark]: '1', [retainUntil]: until.toISOString() },
    immutabilityPolicy: {
      expiriesOn: until,
      policyMode: mode === 'locked' ? 'Locked' : 'Unlocked',
    },
  };
}

/** Whether a blob is one of ours. */
export function isOurs({ metadata }: Pick<BlobGetPropertiesResponse, 'metadata'>): boolean {
  return metadata?.[mark] !== undefined;
}

type Kept = Pick<
  BlobGetPropertiesResponse,
  'metadata' | 'immutabilityPolicyExpiresOn' | 'immutabilityPolicyMode'
>;

/** The immutability policy of a blob, where the container says that there is one. */
export function lockIn(head: Kept): ObjectLock | undefined {
  const until = head.immutabilityPolicyExpiresOn;
  // The service answers in lower case, the SDK says that it does not.
  const mode = head.immutabilityPolicyMode?.toLowerCase();
  if (until === undefined || (mode !== 'locked' && mode !== 'unlocked')) return undefined;
  return { mode, until: until.toISOString() };
}

/**
 * Lets only blobs through that are as immutable as they were to be when they were made.
 *
 * @throws `StoreRefused`, not retryable
 */
export function assertImmutable(
  { name, immutability }: AzureStoreOptions,
  key: string,
  head: Kept,
): void {
  if (immutability === undefined) return;
  const promised = Date.parse(head.metadata?.[retainUntil] ?? '');
  const lock = lockIn(head);
  const isMode = lock?.mode === 'locked' || lock?.mode === immutability.mode;
  if (lock !== undefined && isMode && Date.parse(lock.until) >= promised) return;
  const got = lock === undefined ? 'none' : `${lock.mode} until ${lock.until}`;
  const expected = Number.isNaN(promised) ? '' : ` until ${new Date(promised).toISOString()}`;
  throw failure('StoreRefused', {
    observed: `immutability policy: ${got}, expected ${immutability.mode}${expected}`,
    where: { store: name, key },
    nextStep,
  });
}

const nextStep =
  'Use a container with version-level immutability, or take immutability out of the configuration.';

/**
 * Does what asks for immutability, and says so where the container knows none.
 *
 * @throws `StoreRefused`, not retryable
 */
export async function askingForImmutability<T>(
  { name, container, immutability }: AzureStoreOptions,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const refusal = azureRefusal(error);
    // Azure does not document what it answers then; these are the answers to other mistakes.
    const isOther = isTaken(error) || others.has(refusal?.code ?? '');
    const isRefused = refusal?.status === 400 || refusal?.status === 409;
    if (immutability === undefined || !isRefused || isOther) throw error;
    throw failure('StoreRefused', {
      observed: `immutability policy in container ${container}: refused with ${refusal.code}, expected ${immutability.mode}`,
      where: { store: name },
      nextStep,
    });
  }
}

const others: ReadonlySet<string> = new Set([
  'ContainerBeingDeleted',
  'InvalidBlobOrBlock',
  'InvalidBlockList',
  'Md5Mismatch',
]);
