import { passed, refused } from './guard.ts';
import type { Guard } from './guard.ts';

/** The contract of the vendor's script is known for this version, or expected to be that of the newest known one. */
export const release: Guard = ({ observed, proposeScript }) => {
  const { openshiftVersion } = observed.version;
  const proposed = proposeScript(openshiftVersion);
  if ('refused' in proposed) return refused(proposed.refused);
  const { release: since, isUnproven } = proposed;
  return passed(
    isUnproven
      ? `OpenShift ${openshiftVersion} is newer than all that were compared: its script is expected to be that of ${since}`
      : `OpenShift ${openshiftVersion}, whose script is that of ${since}`,
  );
};
