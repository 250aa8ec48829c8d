import { passed, refused } from './node-guard.ts';
import type { NodeGuard } from './node-guard.ts';

/** Every program that ours need is on the node. */
export const tools: NodeGuard = ({ missingTools }) =>
  missingTools.length === 0
    ? passed('no tool is missing')
    : refused(`not on the node: ${missingTools.join(', ')}`);
