import type { QuietHours } from '../../contracts/policy.ts';
import { passed, refused, waiting } from './guard.ts';
import type { Guard } from './guard.ts';

/** The backup begins at a quiet hour: it makes etcd busy. Always, where no hours are configured. */
export const quietHours: Guard = ({ settings, now }) => {
  const hours = settings.quietHours;
  if (hours === undefined) return passed('no quiet hours are configured');
  const window = `${hours.from} to ${hours.to} ${hours.timeZone}`;
  const clock = wallClock(hours.timeZone);
  const time = formatMinutes(clock(now));
  if (isWithin(hours, clock(now))) return passed(`${time} is within ${window}`);
  const evidence = `${time} is outside ${window}`;
  if (hours.outside === 'ignore') return passed(`${evidence}, which the configuration ignores`);
  const until = nextBeginning(hours, now);
  return hours.outside === 'wait' ? waiting(evidence, until) : refused(evidence, until);
};

const minuteMs = 60_000;

// Samoa once left out a whole day; two of them hold every beginning.
const longestSearchMs = 3 * 24 * 60 * minuteMs;

/**
 * The first minute after `now` whose wall clock lies in the window. Looked for minute by minute on the wall clock itself, so
 * that hours which the clock leaves out or shows twice need no rule of their own: a window that falls into a gap begins at its
 * end, or on the next day where it lies within it; one in the doubled hour is open both times.
 */
export function nextBeginning(hours: QuietHours, now: Date): Date {
  const clock = wallClock(hours.timeZone);
  const first = Math.floor(now.getTime() / minuteMs) * minuteMs + minuteMs;
  for (let time = first; time < first + longestSearchMs; time += minuteMs) {
    const minute = new Date(time);
    if (isWithin(hours, clock(minute))) return minute;
  }
  return new Date(first + longestSearchMs);
}

/** Whether a minute of the day lies in the window. One that ends when it begins is open always. */
function isWithin({ from, to }: QuietHours, minute: number): boolean {
  const [begins, ends] = [parseMinutes(from), parseMinutes(to)];
  return begins < ends ? minute >= begins && minute < ends : minute >= begins || minute < ends;
}

/** The minute of the day that a clock on a wall of the time zone shows. */
function wallClock(timeZone: string): (time: Date) => number {
  const format = new Intl.DateTimeFormat('en', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  return (time) => parseMinutes(format.format(time));
}

function parseMinutes(text: string): number {
  const [hours = 0, minutes = 0] = text.split(':').map(Number);
  return hours * 60 + minutes;
}

function formatMinutes(minute: number): string {
  const two = (part: number): string => String(part).padStart(2, '0');
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}
