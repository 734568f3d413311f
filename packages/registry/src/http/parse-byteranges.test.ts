import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { boundaryOf, parseByteranges } from './parse-byteranges.ts';

function bodyOf(parts: readonly { offset: number; bytes: Uint8Array }[], boundary: string): Uint8Array {
  const pieces = parts.map(({ offset, bytes }) =>
    Buffer.concat([
      Buffer.from(`\r\n--${boundary}\r\nContent-Type: a/b\r\nContent-Range: bytes `),
      Buffer.from(`${offset}-${offset + bytes.length - 1}/1000000\r\n\r\n`),
      bytes,
    ]),
  );
  return new Uint8Array(Buffer.concat([...pieces, Buffer.from(`\r\n--${boundary}--\r\n`)]));
}

const part = fc.record({ offset: fc.nat(100_000), bytes: fc.uint8Array({ minLength: 1, maxLength: 300 }) });
const parts = fc.array(part, { minLength: 1, maxLength: 8 });

describe('parseByteranges', () => {
  test('reads what a server writes, whatever the bytes are', () => {
    fc.assert(
      fc.property(parts, fc.stringMatching(/^[a-z0-9]{1,20}$/), (list, boundary) => {
        const tricky = [...list, { offset: 7, bytes: Buffer.from(`\r\n--${boundary}--\r\n`) }];
        const read = parseByteranges(bodyOf(tricky, boundary), boundary);
        expect(read?.map(({ offset, bytes }) => [offset, Buffer.from(bytes)])).toEqual(
          tricky.map(({ offset, bytes }) => [offset, Buffer.from(bytes)]),
        );
      }),
    );
  });

  test('takes no body that ends early', () => {
    fc.assert(
      fc.property(parts, fc.nat(), (list, cut) => {
        const body = bodyOf(list, 'edge');
        // What comes after the last boundary's name is the least that is missed.
        const missing = '--\r\n'.length + (cut % (body.length - 3));
        expect(parseByteranges(body.subarray(0, body.length - missing), 'edge')).toBeUndefined();
      }),
    );
  });

  test('of any bytes gives parts or nothing', () => {
    fc.assert(fc.property(fc.uint8Array(), fc.string(), (bytes, edge) => void parseByteranges(bytes, edge)));
  });
});

describe('boundaryOf', () => {
  test.each([
    ['multipart/byteranges; boundary=abc', 'abc'],
    ['Multipart/ByteRanges; charset=x; boundary="a b"', 'a b'],
    ['multipart/byteranges', undefined],
    ['multipart/mixed; boundary=abc', undefined],
    ['application/octet-stream', undefined],
    [undefined, undefined],
  ])('of %j is %j', (contentType, boundary) => {
    expect(boundaryOf(contentType)).toBe(boundary);
  });
});
