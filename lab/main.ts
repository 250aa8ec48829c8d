import { readFileSync } from 'node:fs';
import { constants } from 'node:os';

import { Command, CommanderError } from 'commander';

import { labDown } from './down.ts';
import { openLab } from './lab.ts';
import { LabError } from './lab-error.ts';
import { labStatus, statusTable } from './status.ts';
import { labUp } from './up.ts';

const program = new Command('lab')
  .description('A real control plane node of one: containerd, kubelet, etcd and kube-apiserver.')
  .exitOverride();

program
  .command('up')
  .description('bring the lab up (about half a minute), or find it up')
  .action(async () => {
    const lab = await labUp({ signal: interruption() });
    process.stdout.write(`export KUBECONFIG=${lab.kubeconfigPath}\n`);
  });

program
  .command('down')
  .description('take the lab down and leave no trace of it')
  .action(() => labDown());

program
  .command('status')
  .description('say what there is of a lab; exit 1 unless it is up')
  .option('--json', 'one JSON object')
  .action(async ({ json }: { json?: boolean }) => {
    const status = await labStatus();
    process.stdout.write(json ? `${JSON.stringify(status)}\n` : statusTable(status));
    if (status.state !== 'up') process.exitCode = 1;
  });

program
  .command('kubeconfig')
  .description("print the admin's kubeconfig")
  .option('--path', 'print where it lies instead')
  .option('--backup-user', 'that of the service account with a token, which may only back up')
  .action(({ path, backupUser }: { path?: boolean; backupUser?: boolean }) => {
    const lab = openLab();
    const file = backupUser ? lab.backupKubeconfigPath : lab.kubeconfigPath;
    process.stdout.write(path ? `${file}\n` : readFileSync(file, 'utf8'));
  });

/** Aborts at the first of Ctrl-C and its like; what was made is removed before the end. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      process.exitCode = 128 + constants.signals[signal];
      controller.abort(new LabError(`interrupted by ${signal}`));
    });
  }
  return controller.signal;
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else if (error instanceof LabError) {
    process.stderr.write(`lab: ${error.message}\n`);
    process.exitCode ??= 1;
  } else {
    throw error;
  }
}
