/** The middle of the numbers, the mean of the two middle ones where their count is even. */
export function median(numbers: readonly number[]): number {
  const sorted = sortedNumbers(numbers);
  const middle = (sorted.length - 1) / 2;
  return (at(sorted, Math.floor(middle)) + at(sorted, Math.ceil(middle))) / 2;
}

/** The smallest of the numbers that at least `percent` of them do not exceed. */
export function percentile(numbers: readonly number[], percent: number): number {
  const sorted = sortedNumbers(numbers);
  return at(sorted, Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1));
}

/** How many times the median of `ofThis` the median of `toThat` is contained in it, to two digits behind the point. */
export function ratio(ofThis: readonly number[], toThat: readonly number[]): number {
  return rounded(median(ofThis) / median(toThat), 2);
}

/** Rounded to so many digits behind the point. */
export function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

function sortedNumbers(numbers: readonly number[]): readonly number[] {
  if (numbers.length === 0) throw new RangeError('no numbers');
  return numbers.toSorted((a, b) => a - b);
}

function at(numbers: readonly number[], index: number): number {
  const number = numbers[index];
  if (number === undefined) throw new RangeError(`no number at ${index}`);
  return number;
}
