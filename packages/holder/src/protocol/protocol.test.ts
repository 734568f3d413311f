import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { HolderError } from '../holder-error.ts';
import { MAX_LINE_BYTES } from './messages.ts';
import { parseRequest } from './parse-request.ts';
import { readLines } from './read-lines.ts';

async function* cut(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let at = 0;
  for (const size of sizes) {
    yield bytes.subarray(at, at + size);
    at += size;
  }
  yield bytes.subarray(at);
}

async function linesOf(stream: AsyncIterable<Buffer>): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of readLines(stream)) lines.push(line);
  return lines;
}

test('lines are read whole, however the stream is cut', async () => {
  const line = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\n', ' '));
  await fc.assert(
    fc.asyncProperty(fc.array(line), fc.array(fc.nat(20)), fc.string(), async (lines, sizes, rest) => {
      const unfinished = rest.replaceAll('\n', '');
      const bytes = Buffer.from(lines.map((text) => `${text}\n`).join('') + unfinished);
      expect(await linesOf(cut(bytes, sizes))).toEqual(lines);
    }),
  );
});

test('a line without an end is refused before it fills the memory', async () => {
  async function* endless() {
    for (;;) yield Buffer.alloc(1 << 16, 'x');
  }
  await expect(linesOf(endless())).rejects.toThrow(`longer than ${MAX_LINE_BYTES} bytes`);
});

test.each([
  { id: 1, op: 'hello' },
  { id: 2, op: 'hold', name: 'a', pid: 3, fd: 4, state: 's' },
  { id: 3, op: 'update', name: 'a', state: '' },
  { id: 4, op: 'list' },
  { id: 4, op: 'list', after: 'a' },
  { id: 5, op: 'find', name: 'a' },
  { id: 6, op: 'release', name: 'a' },
  { id: 7, op: 'quit' },
  { id: 8, op: 'beat', pid: 3, withinMs: 1000 },
])('understands %j, with fields of later versions beside it', (request) => {
  expect(parseRequest(JSON.stringify({ ...request, later: true }))).toEqual(request);
});

test('whatever is sent is understood or refused with a reason', () => {
  const text = fc.oneof(
    fc.string(),
    fc.json(),
    fc.record({ id: fc.anything(), op: fc.anything() }).map((value) => JSON.stringify(value) ?? ''),
  );
  fc.assert(
    fc.property(text, (line) => {
      try {
        expect(parseRequest(line).id).toBeGreaterThanOrEqual(0);
      } catch (error) {
        expect(error).toBeInstanceOf(HolderError);
      }
    }),
  );
});
