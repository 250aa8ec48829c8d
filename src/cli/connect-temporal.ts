import { isGrpcServiceError } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { ClientConnectConfig } from '@temporalio/envconfig';

import { exitCode } from './exit-code.ts';
import { CommandError } from './reported-error.ts';

/** Where Temporal is, from `TEMPORAL_*` variables and profiles; `options` may hold keys, so it is never printed. */
export interface TemporalAddress {
  readonly address: string;
  readonly namespace: string;
  readonly options: ClientConnectConfig['connectionOptions'];
}

/**
 * Reads how to reach Temporal.
 *
 * @see https://github.com/temporalio/sdk-typescript/tree/v1.24.0/packages/envconfig
 */
export function temporalAddress(): TemporalAddress {
  try {
    const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
    const { address = 'localhost:7233' } = connectionOptions;
    return { address, namespace, options: { ...connectionOptions, address } };
  } catch (error) {
    const observed = `the connection profile of Temporal cannot be read: ${firstLine(error)}`;
    const nextStep = 'Correct the TEMPORAL_* variables or the profile, see `temporal config list`.';
    throw new CommandError({ type: 'ConfigInvalid', observed, nextStep }, exitCode.usage);
  }
}

/** Connects in whatever way; what fails then is the end of the command. */
export async function connecting<T>(
  temporal: TemporalAddress,
  connect: () => Promise<T>,
): Promise<T> {
  try {
    return await connect();
  } catch (error) {
    throw temporalError(error, temporal);
  }
}

/** What connecting to, or talking with, Temporal failed with, as the end of the command. */
export function temporalError(
  error: unknown,
  { address, namespace }: TemporalAddress,
): CommandError {
  const where = `Temporal at ${address}, namespace ${namespace}`;
  const report = (type: string, observed: string, nextStep: string): CommandError =>
    new CommandError({ type, observed, nextStep }, exitCode.failed, { cause: error });
  const code = grpcCode(error);
  if (code === codes.permissionDenied || code === codes.unauthenticated) {
    const nextStep = 'Check TEMPORAL_API_KEY, the client certificate and the namespace.';
    return report('TemporalDenied', `${where} refused: ${firstLine(grpcError(error))}`, nextStep);
  }
  if (code === codes.notFound || named(error, 'NamespaceNotFoundError')) {
    const nextStep =
      'Check TEMPORAL_NAMESPACE; `temporal operator namespace list` shows what is there.';
    return report('TemporalDenied', `${where}: no such namespace`, nextStep);
  }
  const nextStep =
    'Check TEMPORAL_ADDRESS (or the profile), TLS and the network; on a laptop, `temporal server start-dev` starts one.';
  const why = recognised.exec(firstLine(error))?.[0].toLowerCase();
  const observed = `${where} does not answer${why === undefined ? '' : `: ${why}`}`;
  return report('TemporalUnreachable', observed, nextStep);
}

// The rest of such a message is the inside of two libraries.
const recognised =
  /connection refused|econnrefused|enotfound|dns error|invalid peer certificate|certificate[\w ]*/i;

/** Whether a call failed only because Temporal did not answer: it may again in a moment. */
export function isPassing(error: unknown): boolean {
  const code = grpcCode(error);
  return code === undefined ? false : passing.has(code);
}

/** Whether an error came from talking with Temporal at all. */
export function isTemporalError(error: unknown): boolean {
  return (
    grpcError(error) !== undefined ||
    named(error, 'ServiceError') ||
    named(error, 'TransportError') ||
    named(error, 'NamespaceNotFoundError')
  );
}

/** @see https://github.com/grpc/grpc/blob/v1.60.0/doc/statuscodes.md */
const codes = {
  cancelled: 1,
  deadlineExceeded: 4,
  notFound: 5,
  permissionDenied: 7,
  resourceExhausted: 8,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
};

const passing: ReadonlySet<number> = new Set([
  codes.cancelled,
  codes.deadlineExceeded,
  codes.resourceExhausted,
  codes.internal,
  codes.unavailable,
]);

function grpcCode(error: unknown): number | undefined {
  return grpcError(error)?.code;
}

// The client wraps what gRPC threw.
function grpcError(error: unknown): (Error & { readonly code: number }) | undefined {
  if (isGrpcServiceError(error)) return error;
  return error instanceof Error && error.cause !== undefined ? grpcError(error.cause) : undefined;
}

function named(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}

// What follows may quote the profile, which may hold a key.
function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
