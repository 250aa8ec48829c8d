import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';

/**
 * Bundles the workflows of a module in a short-lived child process: the bundler's memory, some 100 MB, does not stay with the
 * worker.
 *
 * @param workflowsPath absolute path of a module that exports workflows
 */
export async function bundleWorkflows(workflowsPath: string): Promise<WorkflowBundleWithSourceMap> {
  const program = fileURLToPath(new URL(`./bundler-process${extension}`, import.meta.url));
  const child = fork(program, [workflowsPath], {
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const { promise, resolve, reject } = Promise.withResolvers<WorkflowBundleWithSourceMap>();
  let said = '';
  child.stderr?.on('data', (bytes: Buffer) => {
    said = (said + bytes.toString()).slice(0, 10_000);
  });
  child.once('message', (bundle: WorkflowBundleWithSourceMap) => resolve(bundle));
  child.once('error', reject);
  child.once('exit', (code) => {
    const observed = `exit ${code}: ${withoutStacks(said)}`;
    reject(new Error(`the workflows of ${workflowsPath} could not be bundled: ${observed}`));
  });
  return await promise;
}

function withoutStacks(text: string): string {
  const lines = text.split('\n').filter((line) => !/^\s+at |^\s*$/.test(line));
  return lines.slice(0, 8).join('\n');
}

/** The module that exports our workflows, for a bundler. */
export function workflowsPath(): string {
  return fileURLToPath(new URL(`./workflows/index${extension}`, import.meta.url));
}

// Sources run as they are, and as what the build made of them.
const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
