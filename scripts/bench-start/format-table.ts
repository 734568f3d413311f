import { type Goal, rateGoals } from './goals.ts';
import type { BenchResult, CaseResult, StartFigures } from './start-figures.ts';

const columns = [
  '',
  'pull s',
  'first s',
  'ready s',
  '/overlayfs',
  '/floor',
  'MB',
  '/needed',
  'requests',
  'CPU s',
  'RSS MB',
];

/** A table for people, for each image and link: a line a subject, and the floor. */
export function formatTable(result: BenchResult): string {
  const { kernel, date, processors, load, rounds, requestDelayMs } = result;
  return [
    `${date}, Linux ${kernel}, ${processors} processors, load ${load[0]} to ${load[1]}; median of ${rounds}; ${requestDelayMs} ms a request.`,
    'Seconds from the beginning of the pull. MB have crossed the link when it is ready, with all headers.',
    ...result.cases.map(formatCase),
  ].join('\n\n');
}

function formatCase(one: CaseResult): string {
  const { floor } = one;
  const overlayfs = one.subjects.find(({ subject }) => subject === 'overlayfs')?.median;
  const rows = one.subjects.map(({ subject, median }) => [subject, ...cells(median, overlayfs, floor)]);
  if (floor) rows.push(['floor', ...floorCells(floor, overlayfs)]);
  const widths = columns.map((_, at) => Math.max(...[columns, ...rows].map((row) => row[at]!.length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)))
      .join('  ')
      .trimEnd();
  return [
    `${one.image} at ${one.megabitsPerSecond} Mbit/s, ${megabytes(one.compressedBytes)} MB compressed`,
    ...(floor
      ? [
          `floor: ${seconds(floor.transfer)} s for ${megabytes(floor.neededBytes)} MB, ${seconds(floor.local)} s locally, ${seconds(floor.manifest)} s for manifest and configuration`,
        ]
      : []),
    line(columns),
    ...rows.map(line),
    ...rateGoals(one).map(formatGoal),
    ...one.failed.map(({ subject, reason }) => `failed: ${subject}: ${reason}`),
  ].join('\n');
}

function cells(
  figures: StartFigures,
  overlayfs: StartFigures | undefined,
  floor: CaseResult['floor'],
): string[] {
  return [
    seconds(figures.pull),
    seconds(figures.firstOutput),
    seconds(figures.ready),
    ratio(figures.ready, overlayfs?.ready),
    ratio(figures.ready, floor?.total),
    megabytes(figures.bytes),
    ratio(figures.bytes, floor?.neededBytes),
    String(figures.requests),
    figures.cpu.toFixed(1),
    megabytes(figures.rss),
  ];
}

function floorCells(floor: NonNullable<CaseResult['floor']>, overlayfs: StartFigures | undefined): string[] {
  const { total, neededBytes } = floor;
  return [
    '',
    '',
    seconds(total),
    ratio(total, overlayfs?.ready),
    '1.00',
    megabytes(neededBytes),
    '1.00',
    '',
    '',
    '',
  ];
}

function formatGoal({ what, value, atMost, unit, met }: Goal): string {
  return `${met ? 'met   ' : 'missed'}  ${what}: ${value.toFixed(2)} of ${atMost.toFixed(2)} ${unit}`;
}

function ratio(value: number, of: number | undefined): string {
  return of === undefined ? '-' : (value / of).toFixed(2);
}

function seconds(value: number): string {
  return value.toFixed(2);
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
