import { readFileSync } from 'node:fs';

import { Command } from 'commander';
import { z } from 'zod';

import { exitCodeMeaning } from './exit-code.ts';
import { runCommand } from './run-command.ts';
import { workerCommand } from './worker-command.ts';

/** The command line. Usage errors are thrown as commander's own, after it printed them. */
export function createProgram(): Command {
  const program = new Command('etcd-backup')
    .description("Backs up OpenShift's etcd as durable Temporal workflows.")
    .version(version())
    .addCommand(workerCommand())
    .addCommand(runCommand())
    .addHelpText('after', epilogue());
  for (const command of [program, ...program.commands]) {
    command.exitOverride().showHelpAfterError('(--help shows what is possible)');
  }
  return program;
}

function epilogue(): string {
  const codes = Object.entries(exitCodeMeaning);
  return `
Examples:
  $ etcd-backup worker --config etcd-backup.yaml
  $ etcd-backup run prod-eu
  $ etcd-backup run prod-eu --node master-2 --label ticket=OPS-4711
  $ etcd-backup run prod-eu --override operatorsSettled="monitoring is in repair, OPS-4711"
  $ etcd-backup run prod-eu --json | tail -n 1

Configuration: --config, else the variable ETCD_BACKUP_CONFIG, else ./etcd-backup.yaml,
else /etc/etcd-backup/etcd-backup.yaml. Temporal: its own TEMPORAL_* variables and profiles.

Exit codes:
${codes.map(([code, meaning]) => `  ${code.padStart(3)}  ${meaning}`).join('\n')}`;
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}
