/** A property of whatever an SDK threw; `undefined` where there is none. */
export function at(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

/** A property that is a number. */
export function numberAt(value: unknown, name: string): number | undefined {
  const found = at(value, name);
  return typeof found === 'number' ? found : undefined;
}

/** A property that is a text of the pattern: what a server wrote otherwise is not to be repeated. */
export function textAt(value: unknown, name: string, pattern: RegExp): string | undefined {
  const found = at(value, name);
  return typeof found === 'string' && pattern.test(found) ? found : undefined;
}
