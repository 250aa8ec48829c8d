import { passed, refused } from './guard.ts';
import type { Guard } from './guard.ts';

/** The namespace of the debug pod is there and lets privileged pods in. */
export const debugNamespace: Guard = ({ observed }) => {
  const { name, exists, enforces } = observed.namespace;
  if (!exists) return refused(`namespace ${name} is not there`);
  return enforces === undefined || enforces === 'privileged'
    ? passed(`namespace ${name} enforces ${enforces ?? 'no Pod Security level'}`)
    : refused(`namespace ${name} enforces Pod Security ${enforces}, expected privileged`);
};
