/** Whether an OpenShift version is `least`, such as `4.4`, or later. Candidates count as their release. */
export function isAtLeast(openshiftVersion: string, least: string): boolean {
  const [major = 0, minor = 0] = numbers(openshiftVersion);
  const [leastMajor = 0, leastMinor = 0] = numbers(least);
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}

function numbers(version: string): readonly number[] {
  return version.split('.').map((part) => Number.parseInt(part, 10));
}
