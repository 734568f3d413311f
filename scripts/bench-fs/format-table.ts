import { type BenchResult, type Measure, measures } from './bench-result.ts';
import type { Goal } from './goals.ts';

const titles: Readonly<Record<Measure, string>> = {
  walkFirst: 'tree walk, first',
  walkAgain: 'tree walk, again',
  smallFirst: 'small files, first',
  smallAgain: 'small files, again',
  sequentialFirst: 'sequential, first',
  sequentialAgain: 'sequential, again',
  randomFirst: 'random 4 KiB, first',
  serverCpuMs: 'server CPU, all of it',
  serverRssMib: 'server RSS, at the end',
};

/** A table for people: a line a measure, a column a subject, each with its ratio to the first column. */
export function formatTable({ subjects, goals, skipped, ...about }: BenchResult): string {
  const header = ['', ...subjects.map(({ subject }) => subject)];
  const rows = (Object.keys(measures) as Measure[]).map((measure) => [
    `${titles[measure]} (${measures[measure]})`,
    ...subjects.map(({ median, ratio }) => formatCell(median[measure], ratio[measure])),
  ]);
  const widths = header.map((_, column) => Math.max(...[header, ...rows].map((row) => row[column]!.length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd();
  return [
    `Linux ${about.kernel}, files on ${about.fileSystem}: one of ${about.bigMib} MiB, ${about.smallFiles} of 1 to 16 KiB; median of ${about.rounds}.`,
    '"first": freshly mounted, the files below in the page cache. In brackets: ratio to the first column.',
    '',
    line(header),
    ...rows.map(line),
    '',
    ...goals.map(formatGoal),
    ...skipped.map(({ subject, reason }) => `\nNot measured: ${subject}: ${reason}`),
  ].join('\n');
}

function formatGoal({ what, ratio, atLeast, atMost, met }: Goal): string {
  const bound = atLeast === undefined ? `at most ${atMost}` : `at least ${atLeast}`;
  return `${met ? 'reached' : 'missed '}  ${what}: ${ratio.toFixed(2)}, wanted ${bound}`;
}

function formatCell(value: number, ratio: number): string {
  if (value === 0) return '-';
  const text = value.toLocaleString('en', { maximumFractionDigits: 0 });
  return Number.isFinite(ratio) ? `${text} (${ratio.toFixed(2)})` : text;
}
