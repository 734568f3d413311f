import type { DemoFigures, RunFigures } from './demo-figures.ts';

/** The figures as a table for people. */
export function formatFigures({ link, image, lazy, whole }: DemoFigures): string {
  const row = (name: string, { firstOutputSeconds, bytesFetched }: RunFigures) => [
    name,
    `${firstOutputSeconds.toFixed(1)} s`,
    megabytes(bytesFetched),
  ];
  const table = alignColumns([
    ['', 'first output', 'bytes fetched'],
    row('lazily, through Sluice', lazy),
    row('whole, on overlayfs', whole),
  ]);
  return `
An image of ${megabytes(image.bytes)} (${megabytes(image.compressedBytes)} compressed, ${image.layers} layers), over a link of ${link.bitsPerSecond / 1e6} Mbit/s and ${link.roundTripMs} ms round trip:

${table}

The container said: ${lazy.output}
Lazily it started ${ratio(whole.firstOutputSeconds, lazy.firstOutputSeconds)} as fast and fetched ${percent(lazy.bytesFetched, whole.bytesFetched)} of the bytes.
`;
}

/** Lines of cells below each other: the first to the left, the others to the right. */
export function alignColumns(rows: readonly (readonly string[])[]): string {
  const width = (column: number) => Math.max(...rows.map((row) => (row[column] ?? '').length));
  const cell = (text: string, column: number) =>
    column === 0 ? text.padEnd(width(0)) : text.padStart(width(column) + 2);
  return rows.map((row) => `  ${row.map(cell).join('')}`).join('\n');
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function ratio(a: number, b: number): string {
  return `${(a / b).toFixed(1)} times`;
}

function percent(part: number, all: number): string {
  return `${((part / all) * 100).toFixed(0)} %`;
}
