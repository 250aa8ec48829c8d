import type { Guard } from './guard.ts';
import { judgeChoice } from './judge-choice.ts';

/** A control plane node is there that is Ready, schedulable, without pressure, with a Ready etcd member. */
export const fitNode: Guard = ({ choice }) =>
  judgeChoice(choice, 'fitNode', (names) => `Ready, without pressure: ${names}`);
