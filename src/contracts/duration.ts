/** A length of time as configuration and requests write it: `90s`, `15m`, `24h`, `2d`. */
export type Duration = `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

/** What {@link durationMs} accepts; the same pattern guards configuration and requests. */
export const durationPattern: RegExp = /^(\d+)(ms|s|m|h|d)$/;

const unitMs: ReadonlyMap<string | undefined, number> = new Map([
  ['ms', 1],
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

/** The length in milliseconds, or `undefined` where the text is no {@link Duration}. */
export function durationMs(text: string): number | undefined {
  const [, amount, unit] = durationPattern.exec(text) ?? [];
  const unitLength = unitMs.get(unit);
  return unitLength === undefined ? undefined : Number(amount) * unitLength;
}
