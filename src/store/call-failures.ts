import { failure } from '../contracts/failures.ts';
import type { FailureType } from '../contracts/failures.ts';

/** What a server, or the way to it, said instead of doing what it was asked. */
export interface Refusal {
  /** A code of the server's protocol such as `NoSuchKey`, or of the network such as `ECONNRESET`. */
  readonly code: string;
  /** Absent where no answer came. */
  readonly status?: number;
  readonly requestId?: string;
  /** The operation that was asked for, such as `PutObject`. */
  readonly operation?: string;
}

/** What a refusal is in the catalogue. */
export interface FailureKind {
  readonly type: FailureType;
  readonly nextStep?: string;
}

/**
 * Runs calls of a store and turns what they throw into failures of the catalogue, by `translate`; what that knows nothing of, and
 * the reason of an aborted signal, go through as they are.
 */
export async function translatingFailures<T>(
  signal: AbortSignal,
  work: () => Promise<T>,
  translate: (error: unknown) => Error | undefined,
): Promise<T> {
  signal.throwIfAborted();
  try {
    return await work();
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw translate(error) ?? error;
  }
}

/**
 * The failure for a call that was refused: what was done where, such as `listing in bucket backups`, and the code alone of all
 * that the server wrote.
 */
export function refusedCall(
  store: string,
  action: string,
  { code, status, requestId, operation }: Refusal,
  { type, nextStep = type === 'StoreDenied' ? grantStep(store) : undefined }: FailureKind,
): Error {
  const said = status === undefined ? code : `${code} (${status})`;
  return failure(type, {
    observed: `${action}: ${operation === undefined ? '' : `${operation}: `}${said}`,
    where: { store, requestId },
    ...(nextStep === undefined ? {} : { nextStep }),
  });
}

function grantStep(store: string): string {
  return `Grant what etcd-backup policy ${store} prints to the credentials of the store.`;
}
