import { rangesOfReads } from '../../src/profiles/read-ranges.ts';
import { readingAll, readsOf, recordedStart, recordedStarts, sequentialStart } from './recorded-start.ts';
import { type Start, simulateStart } from './simulate-start.ts';

/**
 * Prints what recorded starts cost over a link of 100 Mbit/s and 20 ms a request:
 * `node --conditions=source packages/remote-fs/test/starts/print-starts.ts`. On a busy machine a link that is slower by a
 * factor, whose figures are divided by that again, tells more: the argument.
 */
const slower = Number(process.argv[2] ?? 1);
const link = { roundTripMs: 20 * slower, bytesPerSecond: 12.5e6 / slower, connections: 16 };

const starts: [string, Start][] = [
  ...recordedStarts.map((name): [string, Start] => [name, recordedStart(name)]),
  ['python, all files', readingAll(recordedStart('python'))],
  ['one file of 96 MB', sequentialStart(64)],
];

process.stdout.write('start               profile  requests   MB  needed  ratio     ms  floor  ratio\n');
for (const [name, start] of starts) {
  const slowed = { ...start, localMs: start.localMs * slower };
  for (const learned of [false, true]) {
    const profile = learned ? { profile: rangesOfReads(start.index, readsOf(start)) } : {};
    const figures = await simulateStart(slowed, { link, ...profile });
    const cells = [
      name.padEnd(19),
      (learned ? 'yes' : 'no').padEnd(7),
      cell(figures.requests, 9),
      cell(figures.bytes / 1e6, 4, 1),
      cell(figures.neededBytes / 1e6, 7, 1),
      cell(figures.bytes / figures.neededBytes, 6, 2),
      cell(figures.ms / slower, 6),
      cell(figures.floorMs / slower, 6),
      cell(figures.ms / figures.floorMs, 6, 2),
    ];
    process.stdout.write(`${cells.join(' ')}\n`);
  }
}

function cell(value: number, width: number, digits = 0): string {
  return value.toFixed(digits).padStart(width);
}
