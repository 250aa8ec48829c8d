import { failureDetails, failureType } from '../contracts/index.ts';
import type { FailureDetails } from '../contracts/index.ts';

/**
 * What failed while backups were read from a store, for somebody who waits for no run: the advice is not that of an upload, and names
 * the other stores that have the manifests.
 */
export function readingFailure(
  error: unknown,
  others: readonly string[],
): FailureDetails & { readonly type: string } {
  const type = failureType(error) ?? 'UnexpectedError';
  const details = failureDetails(error);
  if (type !== 'StoreUnavailable') return { type, ...details };
  const again = 'Check the endpoint, the mount or the network of the store, then ask again.';
  const elsewhere = others.map((name) => `--from ${name}`).join(' or ');
  const nextStep = elsewhere === '' ? again : `${again} Or look elsewhere: ${elsewhere}.`;
  return { type, ...details, nextStep };
}
