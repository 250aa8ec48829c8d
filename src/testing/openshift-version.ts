/** Whether an OpenShift version is this one or a later one; `minimum` may lack the last number: `4.4`. */
export function isAtLeast(version: string, minimum: string): boolean {
  const found = numbers(version);
  const wanted = numbers(minimum);
  const index = wanted.findIndex((part, at) => part !== (found[at] ?? 0));
  return index === -1 || (found[index] ?? 0) > (wanted[index] ?? 0);
}

/** The minor number: 16 of `4.16.20`. */
export function minorOf(version: string): number {
  return numbers(version)[1] ?? 0;
}

function numbers(version: string): readonly number[] {
  return version
    .replace(/[-+].*/, '')
    .split('.')
    .map(Number);
}
