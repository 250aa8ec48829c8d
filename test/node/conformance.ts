import { describe } from 'vitest';

import { commandPromises } from './command-promises.ts';
import { connectionPromises } from './connection-promises.ts';
import { imagePromises, noImagePromises } from './image-promises.ts';
import { processPromises } from './process-promises.ts';
import { rebootPromises } from './reboot-promises.ts';
import { ShellBench } from './shell-bench.ts';
import type { ShellUnderTest } from './shell-bench.ts';

/** What may happen between the worker and the node of an adapter, and what else lies there. */
export interface ShellWay {
  /** A pod of an image of its own. @default false */
  readonly pod?: boolean;
  /** Something lies between them. @default true */
  readonly connection?: boolean;
  /** The node can be booted anew while the worker stays. @default true */
  readonly reboot?: boolean;
}

/** The promises of the port `NodeShell`, asked of any adapter. All tests share the one shell that `makeShell` gives. */
export function nodeShellConformance(
  name: string,
  makeShell: () => Promise<ShellUnderTest>,
  { pod = false, connection = true, reboot = true }: ShellWay = {},
): void {
  describe(`${name}:`, () => {
    const bench = new ShellBench(makeShell);
    commandPromises(bench);
    processPromises(bench);
    if (pod) imagePromises(bench);
    else noImagePromises(bench);
    if (connection) connectionPromises(bench);
    if (reboot) rebootPromises(bench);
  });
}
