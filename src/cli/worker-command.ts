import { Command } from 'commander';

import { requiredConfig } from './choose-config.ts';

interface WorkerFlags {
  readonly config?: string;
  readonly taskQueue?: string;
  readonly json?: true;
}

/** `etcd-backup worker`: serves backups until it is told to stop. */
export function workerCommand(): Command {
  return new Command('worker')
    .summary('serve the backups of the configured clusters')
    .description(
      'Serves the backups of the configured clusters until SIGINT or SIGTERM; then it hands its steps to other workers and ends. A second signal ends it at once.',
    )
    .option('--config <file>', 'the configuration file')
    .option('--task-queue <name>', "the task queue; without it, the configuration's")
    .option('--json', 'one JSON object per line on stdout, and logs as JSON on stderr')
    .action(async ({ config: file, taskQueue, json }: WorkerFlags) => {
      const config = await requiredConfig(file);
      const { runWorker } = await import('./run-worker.ts');
      process.exitCode = await runWorker({
        config,
        taskQueue: taskQueue ?? config.taskQueue,
        json: json === true,
      });
    });
}
