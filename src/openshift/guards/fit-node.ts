import { passed, refused } from './guard.ts';
import type { Guard } from './guard.ts';

/** A control plane node is there, Ready, with a Ready etcd member. */
export const fitNode: Guard = ({ choice }) =>
  choice.outcome === 'chosen'
    ? passed(`${choice.node.name}: ${choice.reason}`)
    : refused(choice.reason);
