import { mutateToc } from './mutate-toc.ts';
import type { Random } from './random.ts';

/** Changes a table of contents: mostly what it says, sometimes how it is written. */
export function mutateJson(json: Uint8Array, random: Random): Uint8Array {
  const text = Buffer.from(json).toString('latin1');
  const said = random.below(4) > 0 ? mutateToc(text, random) : undefined;
  return Buffer.from(
    said ?? random.pick([editNumber, editString, addText, editText])(text, random),
    'latin1',
  );
}

/** Replaces the first match of a pattern behind a random place. */
function replaceSomewhere(text: string, pattern: RegExp, by: string, random: Random): string {
  pattern.lastIndex = random.below(text.length + 1);
  const match = pattern.exec(text);
  if (!match) return text;
  return text.slice(0, match.index) + by + text.slice(match.index + match[0].length);
}

/** JSON has numbers that JavaScript has not. */
function editNumber(text: string, random: Random): string {
  const numbers = [
    '9223372036854775807',
    '9223372036854775808',
    '18446744073709551616',
    '-0',
    '1e9',
    '0.5',
    '00',
  ];
  return replaceSomewhere(
    text,
    /-?\d+(?=[,}\]\s])/g,
    random.pick([...numbers, 'null', '""', '[]', '-']),
    random,
  );
}

function editString(text: string, random: Random): string {
  const strings = ['\\u0000', '\\ud800', '\\ud83d\\ude00', '\\n', '\\x', '\xff', '\\u00e9', '\\/..\\/'];
  return replaceSomewhere(text, /(?<=")[^"\\]*(?=")/g, random.pick(strings), random);
}

function addText(text: string, random: Random): string {
  const fields = [
    '"x":[[1,{"y":[true]}],"z"],',
    '"version":2,',
    '"entries":[],',
    '"type":"chunk",',
    '"name":"..",',
  ];
  return replaceSomewhere(text, /(?<=\{)/g, random.pick([...fields, `"x":${'['.repeat(70)},`]), random);
}

function editText(text: string, random: Random): string {
  const at = random.below(text.length + 1);
  const length = random.below(random.pick([2, 8, 200]));
  const piece = random.pick(['', '', text.slice(at, at + length).repeat(2), '\\', '"', ',', ' ', ']', '}']);
  return text.slice(0, at) + piece + text.slice(at + length);
}
