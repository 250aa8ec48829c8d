import { createHash } from 'node:crypto';

/** Numbers that nobody expects, and that are the same for the same seed in every process. */
export interface SeededNumbers {
  /** A whole number, both ends included. */
  between(least: number, most: number): number;
  /** True in so many of a hundred cases. */
  inHundred(cases: number): boolean;
  pick<T>(of: readonly [T, ...T[]]): T;
}

export function seededNumbers(seed: string): SeededNumbers {
  let drawn = 0;
  const between = (least: number, most: number): number => {
    const digest = createHash('sha256').update(`${seed} ${drawn++}`).digest();
    return least + Math.floor((digest.readUInt32BE() / 2 ** 32) * (most - least + 1));
  };
  return {
    between,
    inHundred: (cases) => between(1, 100) <= cases,
    pick: (of) => of[between(0, of.length - 1)] ?? of[0],
  };
}
