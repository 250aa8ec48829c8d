#!/usr/bin/env node
import { CommanderError } from 'commander';

import { exitCode } from './exit-code.ts';
import { createProgram } from './program.ts';
import { renderError } from './render-end.ts';
import { CommandError, commandError } from './reported-error.ts';
import { requireNode } from './require-node.ts';

// Whoever reads has gone away; there is nobody left to tell.
process.stdout.on('error', () => process.exit(exitCode.failed));

try {
  requireNode(process.versions.node);
  await createProgram().parseAsync();
} catch (error) {
  if (error instanceof CommanderError && error.exitCode === 0) process.exit(exitCode.completed);
  const told = error instanceof CommanderError;
  const { report, exitCode: code } = told ? usageError(error) : commandError(error);
  if (!told) process.stderr.write(`${renderError(report)}\n`);
  if (process.argv.includes('--json')) {
    process.stdout.write(`${JSON.stringify({ error: report })}\n`);
  }
  process.exitCode = code;
}

function usageError({ message }: CommanderError): CommandError {
  const observed = message.replace(/^error: /, '');
  const nextStep = 'See etcd-backup --help.';
  return new CommandError({ type: 'UsageInvalid', observed, nextStep }, exitCode.usage);
}
