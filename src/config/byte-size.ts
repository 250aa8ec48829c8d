/** A size as configuration writes it: `512KiB`, `32MiB`. */
export const byteSizePattern: RegExp = /^([1-9]\d{0,8})(KiB|MiB)$/;

/** The size in bytes, or `undefined` where the text is no size. */
export function byteSize(text: string): number | undefined {
  const match = byteSizePattern.exec(text);
  if (match === null) return undefined;
  const [, amount, unit] = match;
  return Number(amount) * (unit === 'KiB' ? 1024 : 1024 * 1024);
}
