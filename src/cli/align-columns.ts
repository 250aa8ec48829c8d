/** Rows as lines whose cells begin below each other, two spaces apart; the last cell of a row is not padded. Pure. */
export function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const width = (index: number): number =>
    Math.max(...rows.map((row) => (index === row.length - 1 ? 0 : (row[index]?.length ?? 0))), 0);
  return rows.map((row) =>
    row
      .map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(width(index))))
      .join('  ')
      .trimEnd(),
  );
}
