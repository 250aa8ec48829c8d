import { describe } from 'vitest';

import { commandPromises } from './command-promises.ts';
import { processPromises } from './process-promises.ts';
import { ShellBench } from './shell-bench.ts';
import type { ShellUnderTest } from './shell-bench.ts';

/** The promises of the port `NodeShell`, asked of any adapter. All tests share the one shell that `makeShell` gives. */
export function nodeShellConformance(name: string, makeShell: () => Promise<ShellUnderTest>): void {
  describe(`${name}:`, () => {
    const bench = new ShellBench(makeShell);
    commandPromises(bench);
    processPromises(bench);
  });
}
