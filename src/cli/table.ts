/** @file Columns of text. */

/** Rows as lines: the first column flush left, the others flush right unless `leftColumns` says otherwise. */
export function alignColumns(rows: readonly (readonly string[])[], leftColumns = 1): string[] {
  const widths = rows.reduce<number[]>(
    (most, row) => row.map((cell, at) => Math.max(most[at] ?? 0, cell.length)),
    [],
  );
  return rows.map((row) =>
    row
      .map((cell, at) => (at < leftColumns ? cell.padEnd(widths[at]) : cell.padStart(widths[at])))
      .join("  ")
      .trimEnd(),
  );
}
