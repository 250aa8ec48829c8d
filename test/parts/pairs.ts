/** The values of each factor. */
export type Factors = Readonly<Record<string, readonly unknown[]>>;

/** One value of each factor. */
export type Combination<F extends Factors> = { readonly [name in keyof F]: F[name][number] };

/**
 * Combinations in which every pair of values of two factors stands at least once: most faults need no more than two causes.
 * Greedy, so not the fewest; always the same ones for the same factors.
 */
export function pairs<F extends Factors>(factors: F): readonly Combination<F>[] {
  const names = Object.keys(factors);
  const open = new Set(allPairs(factors, names));
  const combinations: Combination<F>[] = [];
  while (open.size > 0) {
    const [first = ''] = open;
    const chosen: Record<string, number> = Object.fromEntries(parsePair(first));
    for (const name of names) chosen[name] ??= bestValue(factors, name, chosen, open);
    for (const pair of pairsOf(chosen)) open.delete(pair);
    const values = Object.entries(chosen).map(([name, index]) => [name, factors[name]?.[index]]);
    combinations.push(Object.fromEntries(values));
  }
  return combinations;
}

function bestValue(
  factors: Factors,
  name: string,
  chosen: Readonly<Record<string, number>>,
  open: ReadonlySet<string>,
): number {
  const gains = (factors[name] ?? []).map(
    (_, index) => pairsOf({ ...chosen, [name]: index }).filter((pair) => open.has(pair)).length,
  );
  return gains.indexOf(Math.max(...gains));
}

function allPairs(factors: Factors, names: readonly string[]): string[] {
  return names.flatMap((a, at) =>
    names
      .slice(at + 1)
      .flatMap((b) =>
        (factors[a] ?? []).flatMap((_, i) => (factors[b] ?? []).map((__, j) => pair(a, i, b, j))),
      ),
  );
}

function pairsOf(chosen: Readonly<Record<string, number>>): string[] {
  const entries = Object.entries(chosen);
  return entries.flatMap(([a, i], at) =>
    entries.slice(at + 1).map(([b, j]) => (a < b ? pair(a, i, b, j) : pair(b, j, a, i))),
  );
}

function pair(a: string, i: number, b: string, j: number): string {
  return a < b ? `${a}=${i} ${b}=${j}` : `${b}=${j} ${a}=${i}`;
}

function parsePair(text: string): [string, number][] {
  return text.split(' ').map((part) => {
    const [name = '', index] = part.split('=');
    return [name, Number(index)];
  });
}
