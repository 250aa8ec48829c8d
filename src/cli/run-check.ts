import { checkBackup } from '../activities/check-backup.ts';
import type { ClusterConfig, Config } from '../config/config.ts';
import type { BackupPlan, CheckRequest } from '../contracts/index.ts';
import { styleText } from 'node:util';

import { exitCode } from './exit-code.ts';
import type { ExitCode } from './exit-code.ts';
import { onSignals } from './interrupts.ts';
import { manual } from './manual.ts';
import { renderPlan } from './render-plan.ts';
import { CommandError } from './reported-error.ts';

/** Options of {@link runCheck}. */
export interface RunCheckOptions {
  /** Absent where only workers have one. */
  readonly config?: Config;
  /** The cluster's part of it. */
  readonly cluster?: ClusterConfig;
  readonly viaWorker: boolean;
  readonly taskQueue?: string;
  readonly print: 'plan' | 'manual' | 'json';
}

/** Makes a plan, here or through a worker, and prints it. Returns the exit code that tells whether a backup may begin. */
export async function runCheck(
  request: CheckRequest,
  { config, cluster, viaWorker, taskQueue, print }: RunCheckOptions,
): Promise<ExitCode> {
  const plan =
    config === undefined || viaWorker
      ? await throughWorker(request, taskQueue)
      : await checkHere(config, request);
  process.stdout.write(`${printed(plan, cluster, print)}\n`);
  return exitCodeOfPlan(plan);
}

/** 3 where a guard refuses, 1 where something else is missing, 0 where a backup may begin, at once or after a wait. */
export function exitCodeOfPlan(plan: BackupPlan): ExitCode {
  if (plan.outcome !== 'refused') return exitCode.completed;
  const guards = [...plan.guards, ...(plan.onNode?.guards ?? [])];
  if (guards.some(({ outcome }) => outcome === 'refused')) return exitCode.guardRefused;
  const isMissing =
    plan.missingPermissions.length > 0 ||
    plan.storeFailures !== undefined ||
    plan.onNodeFailure !== undefined;
  return isMissing ? exitCode.failed : exitCode.guardRefused;
}

function printed(
  plan: BackupPlan,
  cluster: ClusterConfig | undefined,
  print: RunCheckOptions['print'],
): string {
  if (print === 'json') return JSON.stringify(plan);
  if (print === 'plan') {
    return renderPlan(plan, {
      marks: process.stdout.isTTY,
      paint: (colour, text) => styleText(colour, text, { stream: process.stdout }),
    });
  }
  const text = manual({
    plan,
    backupDirectory: cluster?.backupDirectory ?? '/home/core/assets/backup',
    ...(cluster?.ssh === undefined ? {} : { ssh: cluster.ssh }),
    now: new Date(),
  });
  if (text !== undefined) return text;
  const release = plan.guards.find(({ guard }) => guard === 'release');
  throw new CommandError(
    {
      type: 'GuardRefused',
      observed: `no script is known for ${plan.cluster}: ${release?.evidence ?? 'its version is not known'}`,
      nextStep: 'See etcd-backup check without --manual for all that it found.',
    },
    exitCode.guardRefused,
  );
}

async function checkHere(config: Config, request: CheckRequest): Promise<BackupPlan> {
  const stop = new AbortController();
  const stopListening = onSignals(['SIGINT', 'SIGTERM'], {
    first() {
      process.stderr.write('Ending the check and what it opened. Ctrl-C again ends at once.\n');
      stop.abort(cancelled());
    },
    second: () => process.exit(exitCode.cancelled),
  });
  try {
    return await checkBackup(config, request, stop.signal);
  } finally {
    stopListening();
  }
}

// A check without Temporal must not wait for its client to load.
async function throughWorker(
  request: CheckRequest,
  taskQueue: string | undefined,
): Promise<BackupPlan> {
  const { checkViaWorker } = await import('./check-via-worker.ts');
  return await checkViaWorker(request, taskQueue);
}

function cancelled(): CommandError {
  const observed = 'the check was cancelled';
  return new CommandError(
    { type: 'Cancelled', observed, nextStep: 'Check again when you want to know.' },
    exitCode.cancelled,
  );
}
