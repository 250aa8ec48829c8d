import { failureDetails, failureType } from '../contracts/index.ts';
import type { FailureDetails } from '../contracts/index.ts';

/** What failed while backups were read from a store, for somebody who waits for no run: the advice is not that of an upload. */
export function readingFailure(error: unknown): FailureDetails & { readonly type: string } {
  const type = failureType(error) ?? 'UnexpectedError';
  const details = failureDetails(error);
  if (type !== 'StoreUnavailable') return { type, ...details };
  const nextStep = 'Check the endpoint, the mount or the network of the store, then ask again.';
  return { type, ...details, nextStep };
}
