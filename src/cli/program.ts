import { readFileSync } from 'node:fs';

import { Command } from 'commander';
import { z } from 'zod';

import { checkCommand } from './check-command.ts';
import { cleanupCommand } from './cleanup-command.ts';
import { exitCodeMeaning } from './exit-code.ts';
import { listCommand } from './list-command.ts';
import { policyCommand } from './policy-command.ts';
import { rbacCommand } from './rbac-command.ts';
import { recheckCommand } from './recheck-command.ts';
import { resumeCommand } from './resume-command.ts';
import { runCommand } from './run-command.ts';
import { showCommand } from './show-command.ts';
import { workerCommand } from './worker-command.ts';

/** The command line. Usage errors are thrown as commander's own, after it printed them. */
export function createProgram(): Command {
  const program = new Command('etcd-backup')
    .description("Backs up OpenShift's etcd as durable Temporal workflows.")
    .version(version())
    .addCommand(workerCommand())
    .addCommand(checkCommand())
    .addCommand(runCommand())
    .addCommand(resumeCommand())
    .addCommand(recheckCommand())
    .addCommand(rbacCommand())
    .addCommand(policyCommand())
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(cleanupCommand())
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
  $ etcd-backup rbac prod-eu | oc apply -f -
  $ etcd-backup check prod-eu && etcd-backup run prod-eu
  $ etcd-backup run prod-eu --node master-2 --label ticket=OPS-4711
  $ etcd-backup run prod-eu --override operatorsSettled="monitoring is in repair, OPS-4711"
  $ etcd-backup run prod-eu --json | tail -n 1
  $ etcd-backup resume prod-eu 3f9c01d2ab47
  $ etcd-backup list prod-eu --older-than 26h
  $ etcd-backup show prod-eu/latest
  $ etcd-backup cleanup prod-eu

Configuration: --config, else the variable ETCD_BACKUP_CONFIG, else ./etcd-backup.yaml,
else /etc/etcd-backup/etcd-backup.yaml. Temporal: its own TEMPORAL_* variables and profiles.

Exit codes:
${codes.map(([code, meaning]) => `  ${code.padStart(3)}  ${meaning}`).join('\n')}`;
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}
