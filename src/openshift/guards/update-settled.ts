import { passed, refused } from './guard.ts';
import type { Guard } from './guard.ts';

/** No update of the cluster is in flight: a restore needs the very version that the backup says. */
export const updateSettled: Guard = ({ observed }) => {
  const { openshiftVersion, updatingTo } = observed.version;
  if (updatingTo === undefined) return passed(`no update in flight, at ${openshiftVersion}`);
  const from = updatingTo === openshiftVersion ? '' : ` from ${openshiftVersion}`;
  return refused(`an update${from} to ${updatingTo} is in flight`);
};
