/**
 * What stood there, without telling more than an error message may: a short text or a path whole, everything else by its
 * kind only, because it may be a secret in the wrong place.
 */
export function describeValue(value: unknown): string {
  if (value === undefined || value === null || value === '') return 'nothing';
  if (typeof value === 'number' || typeof value === 'bigint') return `the number ${value}`;
  if (typeof value === 'boolean') return `${value}`;
  if (Array.isArray(value)) return 'a list';
  if (typeof value !== 'string') return 'a mapping';
  return showable(value) ? JSON.stringify(value) : `text of ${value.length} characters`;
}

/** Tokens and keys in use today are longer than 32 characters; a path that begins with a slash is none. */
function showable(text: string): boolean {
  return text.length <= (text.startsWith('/') ? 100 : 32);
}
