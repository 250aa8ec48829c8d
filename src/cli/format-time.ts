/** A time as people read it, in UTC, to the second: `2026-01-01 01:02:03 UTC`. */
export function formatTime(time: Date): string {
  return `${time.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
