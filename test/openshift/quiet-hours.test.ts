import { describe, expect, test } from 'vitest';

import type { QuietHours } from '../../src/contracts/index.ts';
import { nextBeginning, quietHours } from '../../src/openshift/guards/quiet-hours.ts';
import { context } from './healthy-context.ts';

const hours = (from: string, to: string, timeZone = 'Europe/Berlin'): QuietHours => ({
  from,
  to,
  timeZone,
  outside: 'wait',
});
const judge = (at: string, quiet: QuietHours) =>
  quietHours(context({ settings: { quietHours: quiet }, now: new Date(at) }));
const isOpen = (at: string, quiet: QuietHours) => judge(at, quiet).outcome === 'passed';
const opensAt = (at: string, quiet: QuietHours) => nextBeginning(quiet, new Date(at)).toISOString();

describe('quiet hours', () => {
  test('begin with the first minute and end before the last', () => {
    const night = hours('01:00', '05:00');
    expect(isOpen('2026-01-10T23:59:59.999Z', night)).toBe(false);
    expect(isOpen('2026-01-11T00:00:00.000Z', night)).toBe(true);
    expect(isOpen('2026-01-11T03:59:59.999Z', night)).toBe(true);
    expect(isOpen('2026-01-11T04:00:00.000Z', night)).toBe(false);
  });

  test('span midnight where they end before they begin', () => {
    const night = hours('22:30', '04:15', 'UTC');
    expect(isOpen('2026-01-10T22:29:00Z', night)).toBe(false);
    expect(isOpen('2026-01-10T22:30:00Z', night)).toBe(true);
    expect(isOpen('2026-01-11T00:00:00Z', night)).toBe(true);
    expect(isOpen('2026-01-11T04:14:59Z', night)).toBe(true);
    expect(isOpen('2026-01-11T04:15:00Z', night)).toBe(false);
    expect(opensAt('2026-01-11T04:15:00Z', night)).toBe('2026-01-11T22:30:00.000Z');
  });

  test('are open always where they end when they begin', () => {
    expect(isOpen('2026-01-10T12:34:00Z', hours('01:00', '01:00'))).toBe(true);
  });

  test('make a run wait until they begin, on the minute', () => {
    expect(judge('2026-01-10T12:34:56.789Z', hours('01:00', '05:00'))).toEqual({
      outcome: 'waiting',
      evidence: '13:34 is outside 01:00 to 05:00 Europe/Berlin',
      until: new Date('2026-01-11T00:00:00Z'),
    });
  });

  test('make a run refuse, with the time at which it may begin', () => {
    const refusing = { ...hours('01:00', '05:00'), outside: 'refuse' } as const;
    expect(judge('2026-01-10T12:34:56Z', refusing)).toMatchObject({
      outcome: 'refused',
      until: new Date('2026-01-11T00:00:00Z'),
    });
  });

  test('follow the clock of a zone that is not a whole hour off', () => {
    expect(opensAt('2026-01-10T12:00:00Z', hours('01:00', '05:00', 'Asia/Kathmandu'))).toBe(
      '2026-01-10T19:15:00.000Z',
    );
  });
});

// Berlin, 29 March 2026: 01:00Z is 03:00, there is no 02:xx. 25 October 2026: 01:00Z is 02:00 again.
describe('when the clock goes forward', () => {
  test('hours that begin in the hour that is left out begin at its end', () => {
    const night = hours('02:30', '05:00');
    expect(opensAt('2026-03-28T22:00:00Z', night)).toBe('2026-03-29T01:00:00.000Z');
    expect(isOpen('2026-03-29T00:59:59Z', night)).toBe(false);
    expect(isOpen('2026-03-29T01:00:00Z', night)).toBe(true);
  });

  test('hours that lie within the hour that is left out begin a day later', () => {
    const night = hours('02:10', '02:50');
    expect(opensAt('2026-03-28T22:00:00Z', night)).toBe('2026-03-30T00:10:00.000Z');
    expect(isOpen('2026-03-29T01:10:00Z', night)).toBe(false);
  });

  test('hours that end in the hour that is left out end at its beginning', () => {
    const night = hours('01:00', '02:30');
    expect(isOpen('2026-03-29T00:59:59Z', night)).toBe(true);
    expect(isOpen('2026-03-29T01:00:00Z', night)).toBe(false);
  });

  test('the day after has its usual hours', () => {
    expect(opensAt('2026-03-29T12:00:00Z', hours('01:00', '05:00'))).toBe(
      '2026-03-29T23:00:00.000Z',
    );
  });
});

describe('when the clock goes back', () => {
  test('hours that begin in the doubled hour begin with its first showing', () => {
    expect(opensAt('2026-10-24T22:00:00Z', hours('02:30', '05:00'))).toBe(
      '2026-10-25T00:30:00.000Z',
    );
  });

  test('hours within the doubled hour are open both times', () => {
    const night = hours('02:10', '02:50');
    const times = ['00:05', '00:10', '00:49', '00:50', '01:09', '01:10', '01:49', '01:50'];
    expect(times.filter((time) => isOpen(`2026-10-25T${time}:00Z`, night))).toEqual([
      '00:10',
      '00:49',
      '01:10',
      '01:49',
    ]);
    expect(opensAt('2026-10-25T00:50:00Z', night)).toBe('2026-10-25T01:10:00.000Z');
  });

  test('hours around it last an hour longer', () => {
    const night = hours('01:00', '05:00');
    expect(isOpen('2026-10-25T03:59:59Z', night)).toBe(true);
    expect(isOpen('2026-10-25T04:00:00Z', night)).toBe(false);
    expect(opensAt('2026-10-24T12:00:00Z', night)).toBe('2026-10-24T23:00:00.000Z');
  });
});

test('a day that the calendar left out is passed over', () => {
  // Samoa had no 30 December 2011: 10:00Z on the 30th was midnight of the 31st.
  const apia = hours('01:00', '05:00', 'Pacific/Apia');
  expect(opensAt('2011-12-30T00:00:00Z', apia)).toBe('2011-12-30T11:00:00.000Z');
});
