import { passed, refused } from './guard.ts';
import type { Guard } from './guard.ts';

/** A hosted control plane has no etcd on its nodes. */
export const topology: Guard = ({ observed }) => {
  const { topology: found } = observed.infrastructure;
  return found === 'External'
    ? refused('the control plane is hosted outside the cluster: its etcd is not on these nodes')
    : passed(`topology ${found}`);
};
