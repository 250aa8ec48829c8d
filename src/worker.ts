import { Worker } from '@temporalio/worker';
import type { NativeConnection, WorkerOptions } from '@temporalio/worker';

import { createActivities } from './activities/index.ts';
import { bundleWorkflows, workflowsPath } from './bundle-workflows.ts';
import type { Config } from './config/config.ts';

export { bundleWorkflows, workflowsPath } from './bundle-workflows.ts';

/** Options of {@link createBackupWorker}. */
export interface BackupWorkerOptions {
  readonly config: Config;
  readonly connection: NativeConnection;
  /** @default `default` */
  readonly namespace?: string;
  /** @default the configuration's task queue */
  readonly taskQueue?: string;
  /** How many files this worker transfers at once; each takes the memory of two parts. @default 1 */
  readonly transfers?: number;
  /** Anything else of a worker: tuning, versioning, interceptors. */
  readonly worker?: Partial<WorkerOptions>;
}

/**
 * Creates a worker that serves backups: our workflows and our activities, on one task queue. `run()` is the caller's, and so is
 * the connection.
 *
 * What holds it together: `workflows/` is the runbook and runs in the sandbox; `activities/` has one file per step and calls the
 * rooms below it; `config/resolve.ts` turns names into adapters. Nothing that a run needs lives in this process: any worker
 * continues any run.
 */
export async function createBackupWorker(options: BackupWorkerOptions): Promise<Worker> {
  const { config, connection, namespace, transfers, worker } = options;
  return await Worker.create({
    connection,
    taskQueue: options.taskQueue ?? config.taskQueue,
    ...(namespace === undefined ? {} : { namespace }),
    workflowBundle: await bundleWorkflows(workflowsPath()),
    activities: createActivities(config, transfers === undefined ? {} : { transfers }),
    // A step that is interrupted goes on elsewhere, so a shutdown need not wait for it; one that hangs must not keep it.
    shutdownGraceTime: 0,
    shutdownForceTime: 30_000,
    // How late a cancel may come, and progress be: a step hears of a cancel when it heartbeats.
    maxHeartbeatThrottleInterval: 5000,
    ...worker,
  });
}
