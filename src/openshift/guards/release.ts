import { passed, refused } from './guard.ts';
import type { Guard } from './guard.ts';

const [oldestMajor, oldestMinor] = [4, 6];

/** The contract of the vendor's script is known for this release. */
export const release: Guard = ({ observed }) => {
  const { openshiftVersion } = observed.version;
  const [major = 0, minor = 0] = openshiftVersion.split('.').map(Number);
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)
    ? passed(`OpenShift ${openshiftVersion}`)
    : refused(`OpenShift ${openshiftVersion}, expected ${oldestMajor}.${oldestMinor} or later`);
};
