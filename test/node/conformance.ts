import { describe } from 'vitest';

import { commandPromises } from './command-promises.ts';
import { connectionPromises } from './connection-promises.ts';
import { processPromises } from './process-promises.ts';
import { rebootPromises } from './reboot-promises.ts';
import { ShellBench } from './shell-bench.ts';
import type { ShellUnderTest } from './shell-bench.ts';

/** What may happen between the worker and the node of an adapter. */
export interface ShellFaults {
  /** Something lies between them. @default true */
  readonly connection?: boolean;
  /** The node can be booted anew while the worker stays. @default true */
  readonly reboot?: boolean;
}

/** The promises of the port `NodeShell`, asked of any adapter. All tests share the one shell that `makeShell` gives. */
export function nodeShellConformance(
  name: string,
  makeShell: () => Promise<ShellUnderTest>,
  { connection = true, reboot = true }: ShellFaults = {},
): void {
  describe(`${name}:`, () => {
    const bench = new ShellBench(makeShell);
    commandPromises(bench);
    processPromises(bench);
    if (connection) connectionPromises(bench);
    if (reboot) rebootPromises(bench);
  });
}
