export interface Column {
  readonly title: string;
  /** Numbers stand to the right. Default false. */
  readonly isNumber?: boolean;
}

/**
 * A table for people: columns as wide as their widest cell, two spaces apart, titles above. The last column is
 * not padded.
 *
 * @param rows cells in the order of the columns, printable
 */
export function formatTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const titles = columns.map(({ title }) => title);
  const widths = titles.map((title, at) =>
    rows.reduce((width, row) => Math.max(width, row[at]!.length), title.length),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) => (columns[at]!.isNumber ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!)))
      .join('  ')
      .trimEnd();
  return [titles, ...rows].map(line).join('\n');
}
