import type { Findings } from './bench.ts';

/** What a bench found out, as one line of JSON, or as a table for a person. */
export function report(findings: Findings & { readonly name: string }, json: boolean): string {
  const { name, figures, ratios } = findings;
  if (json) return JSON.stringify({ name, figures, ratios });
  const rows = [...Object.entries(figures), ...Object.entries(ratios)].flatMap(([key, value]) =>
    typeof value === 'number'
      ? [[key, value] as const]
      : Object.entries(value).map(([of, number]) => [`${key} ${of}`, number] as const),
  );
  const width = Math.max(...rows.map(([key]) => key.length));
  return rows
    .map(([key, value]) => `${key.padEnd(width)}  ${String(value).padStart(9)}`)
    .join('\n');
}
