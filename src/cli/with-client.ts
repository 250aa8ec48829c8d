import { Client, Connection } from '@temporalio/client';

import { connecting, isTemporalError, temporalAddress, temporalError } from './connect-temporal.ts';
import type { TemporalAddress } from './connect-temporal.ts';

/**
 * Lets `work` talk with Temporal, and closes the connection after it. What fails of the talking itself is the end of the
 * command, in words that name the address.
 */
export async function withClient<T>(
  work: (client: Client, temporal: TemporalAddress) => Promise<T>,
): Promise<T> {
  const temporal = temporalAddress();
  try {
    const connection = await connecting(temporal, () => Connection.connect(temporal.options));
    try {
      return await work(new Client({ connection, namespace: temporal.namespace }), temporal);
    } finally {
      await connection.close();
    }
  } catch (error) {
    throw isTemporalError(error) ? temporalError(error, temporal) : error;
  }
}
