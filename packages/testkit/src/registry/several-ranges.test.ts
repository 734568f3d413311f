import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { contentOfBytes } from './content.ts';
import { severalRanges } from './several-ranges.ts';

const bytes = randomBytes(1000);
const content = contentOfBytes(bytes);

test('makes a body with each range under its own Content-Range', async () => {
  const made = await severalRanges('bytes=0-9, 990-', content);
  if (made === undefined) throw new Error('no body was made');
  const body = await buffer(made.content.read(0, made.content.size));
  const boundary = /boundary=(.*)/.exec(made.contentType)?.[1];
  const parts = body.toString('latin1').split(`\r\n--${boundary}`);
  expect(parts.map((part) => /Content-Range: (.*)\r\n/.exec(part)?.[1])).toEqual([
    undefined,
    'bytes 0-9/1000',
    'bytes 990-999/1000',
    undefined,
  ]);
  expect(parts[1]?.endsWith(bytes.toString('latin1', 0, 10))).toBe(true);
  expect(parts[2]?.endsWith(bytes.toString('latin1', 990))).toBe(true);
});

test.each([undefined, 'bytes=0-9', 'bytes=0-9,5000-', 'bytes=a,b', 'lines=1-2,3-4'])(
  'leaves %s to others',
  async (header) => {
    expect(await severalRanges(header, content)).toBeUndefined();
  },
);
