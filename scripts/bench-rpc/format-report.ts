import type { BenchReport, MemoryFigures } from './run-bench.ts';

const COLUMNS = [
  'call',
  'clients',
  'Go p50 us',
  'p99',
  'per s',
  'cpu us',
  'Sluice p50 us',
  'p99',
  'per s',
  'cpu us',
  'p50 ratio',
  'per s ratio',
  'cpu ratio',
];

/** A table for people; ratios are ours to Go's. */
export function formatReport({ comparisons, memory }: BenchReport): string {
  const rows = comparisons.map(({ call, clients, go, sluice, ...ratios }) => [
    call,
    `${clients}`,
    ...[go, sluice].flatMap((side) =>
      [side.p50Us, side.p99Us, side.perSecond, side.cpuUs].map((n) => n.toFixed(0)),
    ),
    ...[ratios.p50Ratio, ratios.throughputRatio, ratios.cpuRatio].map((n) => n.toFixed(2)),
  ]);
  const lines = [COLUMNS, ...rows].map((row) =>
    row.map((cell, i) => pad(cell, widthOf(i, rows), i)).join('  '),
  );
  return [
    ...lines,
    '',
    `memory (VmRSS): Go ${memoryLine(memory.go)}`,
    `                Sluice ${memoryLine(memory.sluice)}`,
  ].join('\n');
}

function memoryLine({ idle, many, crowds }: MemoryFigures): string {
  const mb = (bytes: number) => (bytes / 2 ** 20).toFixed(0);
  return `${mb(idle)} MB idle, ${mb(many)} MB with 10,000 snapshots, ${crowds.map(mb).join(', ')} MB after rounds of 1000 clients`;
}

function widthOf(column: number, rows: readonly (readonly string[])[]): number {
  return Math.max(COLUMNS[column]!.length, ...rows.map((row) => row[column]!.length));
}

function pad(cell: string, width: number, column: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}
