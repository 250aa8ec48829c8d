import { formatDuration } from './format-duration.ts';

const hourMs = 3_600_000;

/** An age as people read it: like a duration, and in days from two days on: `3 d 4 h`. */
export function formatAge(ms: number): string {
  if (ms < 48 * hourMs) return formatDuration(ms);
  const hours = Math.floor(ms / hourMs);
  const rest = hours % 24;
  return `${Math.floor(hours / 24)} d${rest === 0 ? '' : ` ${rest} h`}`;
}
