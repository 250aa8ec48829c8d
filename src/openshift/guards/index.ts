import { debugNamespace } from './debug-namespace.ts';
import { fitNode } from './fit-node.ts';
import type { Guard } from './guard.ts';
import { operatorsSettled } from './operators-settled.ts';
import { release } from './release.ts';
import { topology } from './topology.ts';

/** The guards that the API can answer, by the name that an override uses. */
export const guards: Readonly<Record<string, Guard>> = {
  topology,
  release,
  operatorsSettled,
  debugNamespace,
  fitNode,
};
