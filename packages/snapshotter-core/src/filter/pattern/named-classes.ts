type Ranges = readonly (readonly [number, number])[];

const DIGIT: Ranges = [[0x30, 0x39]];
const UPPER: Ranges = [[0x41, 0x5a]];
const LOWER: Ranges = [[0x61, 0x7a]];

/** `\d`, `\s`, `\w`: ASCII only, as in RE2. The capital letters stand for their complements. */
export const ESCAPED_CLASSES: ReadonlyMap<string, Ranges> = new Map([
  ['d', DIGIT],
  ['s', ranges('\t\t', '\n\n', '\f\r', '  ')],
  ['w', [...DIGIT, ...UPPER, [0x5f, 0x5f], ...LOWER]],
]);

/** `[:name:]` within brackets: ASCII only, as in RE2. */
export const POSIX_CLASSES: ReadonlyMap<string, Ranges> = new Map([
  ['alnum', [...DIGIT, ...UPPER, ...LOWER]],
  ['alpha', [...UPPER, ...LOWER]],
  ['ascii', [[0, 0x7f]]],
  ['blank', ranges('\t\t', '  ')],
  [
    'cntrl',
    [
      [0, 0x1f],
      [0x7f, 0x7f],
    ],
  ],
  ['digit', DIGIT],
  ['graph', ranges('!~')],
  ['lower', LOWER],
  ['print', ranges(' ~')],
  ['punct', ranges('!/', ':@', '[`', '{~')],
  ['space', ranges('\t\r', '  ')],
  ['upper', UPPER],
  ['word', [...DIGIT, ...UPPER, [0x5f, 0x5f], ...LOWER]],
  ['xdigit', [...DIGIT, ...ranges('AF', 'af')]],
]);

function ranges(...pairs: string[]): Ranges {
  return pairs.map((pair) => [pair.charCodeAt(0), pair.charCodeAt(1)] as const);
}
