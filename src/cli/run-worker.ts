import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import type { LogEntry } from '@temporalio/worker';

import type { Config } from '../config/config.ts';
import { createBackupWorker } from '../worker.ts';
import { connecting, isTemporalError, temporalAddress, temporalError } from './connect-temporal.ts';
import { exitCode } from './exit-code.ts';
import type { ExitCode } from './exit-code.ts';
import { onSignals } from './interrupts.ts';

/** Options of {@link runWorker}. */
export interface RunWorkerOptions {
  readonly config: Config;
  readonly taskQueue: string;
  readonly json: boolean;
}

/**
 * Serves backups until the first SIGINT or SIGTERM, then hands its steps over and ends. A second signal ends the process at
 * once; the steps then go on elsewhere after their heartbeat timeout.
 */
export async function runWorker({ config, taskQueue, json }: RunWorkerOptions): Promise<ExitCode> {
  const temporal = temporalAddress();
  const { address, namespace } = temporal;
  const say = (words: string, event: Readonly<Record<string, unknown>>): void => {
    process.stdout.write(`${json ? JSON.stringify(event) : words}\n`);
  };
  installRuntime(json);
  try {
    const connection = await connecting(temporal, () => NativeConnection.connect(temporal.options));
    try {
      const worker = await createBackupWorker({ config, connection, namespace, taskQueue });
      const stopListening = onSignals(['SIGINT', 'SIGTERM'], {
        first() {
          say('stopping: steps are handed over. A second signal ends at once', {
            event: 'stopping',
          });
          worker.shutdown();
        },
        second: () => process.exit(exitCode.cancelled),
      });
      const running = worker.run();
      const clusters = Object.keys(config.clusters);
      const where = `Temporal at ${address}, namespace ${namespace}, task queue ${taskQueue}`;
      const ready = { event: 'ready', address, namespace, taskQueue, clusters };
      say(`serving ${clusters.join(', ')}: ${where}`, ready);
      await running.finally(stopListening);
    } finally {
      await connection.close();
    }
  } catch (error) {
    throw isTemporalError(error) ? temporalError(error, temporal) : error;
  }
  say('stopped', { event: 'stopped' });
  return exitCode.completed;
}

// The process is ours here, so its runtime is too: everything it logs goes to stderr, and signals are for this file.
function installRuntime(json: boolean): void {
  Runtime.install({
    logger: json ? new DefaultLogger('INFO', logJson) : new DefaultLogger('INFO'),
    telemetryOptions: { logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} } },
    shutdownSignals: [],
  });
}

function logJson({ level, message, timestampNanos, meta }: LogEntry): void {
  const time = new Date(Number(timestampNanos / 1_000_000n)).toISOString();
  const plain = (_key: string, value: unknown): unknown =>
    value instanceof Error ? { name: value.name, message: value.message } : simple(value);
  process.stderr.write(`${JSON.stringify({ time, level, message, ...meta }, plain)}\n`);
}

function simple(value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
