import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Errno } from './errno.ts';
import { createEventFd } from './event-fd.ts';
import { rawPread, rawRead, rawWrite, rawWritev } from './raw-io.ts';

const dir = mkdtempSync(join(tmpdir(), 'sluice-raw-io-'));
const file = join(dir, 'file');
const content = Buffer.from(Array.from({ length: 1000 }, (_, i) => i % 251));
let fd = -1;

beforeAll(() => {
  writeFileSync(file, content);
  fd = openSync(file, 'r+');
});
afterAll(() => {
  closeSync(fd);
  rmSync(dir, { recursive: true });
});

describe('rawPread', () => {
  it('reads exactly the asked range into exactly the asked place', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 64 }),
        fc.nat({ max: 200 }),
        fc.nat({ max: 1100 }),
        (offset, length, position) => {
          const buffer = new Uint8Array(300).fill(255);
          const wanted = content.subarray(position, position + length);
          expect(rawPread(fd, buffer, { offset, length, position })).toBe(wanted.length);
          expect([...buffer]).toEqual([
            ...new Uint8Array(offset).fill(255),
            ...wanted,
            ...new Uint8Array(300 - offset - wanted.length).fill(255),
          ]);
        },
      ),
    );
  });

  it('reads at positions beyond 32 bits', () => {
    expect(rawPread(fd, new Uint8Array(8), { offset: 0, length: 8, position: 2 ** 40 })).toBe(0);
  });

  it('fills shared memory', () => {
    const shared = new Uint8Array(new SharedArrayBuffer(16));
    expect(rawPread(fd, shared, { offset: 4, length: 4, position: 10 })).toBe(4);
    expect([...shared.subarray(2, 10)]).toEqual([0, 0, 10, 11, 12, 13, 0, 0]);
  });

  it('fills a view into a larger buffer, and nothing before or after it', () => {
    const large = new Uint8Array(32);
    expect(rawPread(fd, large.subarray(8, 12), { offset: 1, length: 3, position: 5 })).toBe(3);
    expect([...large.subarray(7, 14)]).toEqual([0, 0, 5, 6, 7, 0, 0]);
  });
});

describe('rawRead', () => {
  it('reads on from where the last call ended', () => {
    using input = open('r');
    const buffer = new Uint8Array(4);
    expect([rawRead(input.fd, buffer, 0, 4), [...buffer]]).toEqual([4, [0, 1, 2, 3]]);
    expect([rawRead(input.fd, buffer, 0, 4), [...buffer]]).toEqual([4, [4, 5, 6, 7]]);
  });

  it('returns errors as negated numbers, without throwing', () => {
    using bell = createEventFd();
    expect(rawRead(bell.fd, new Uint8Array(8), 0, 8)).toBe(-Errno.EAGAIN);
    expect(rawRead(bell.fd, new Uint8Array(4), 0, 4)).toBe(-Errno.EINVAL);
    expect(rawRead(-1, new Uint8Array(4), 0, 4)).toBe(-Errno.EBADF);
  });
});

describe('rawWrite and rawWritev', () => {
  it('write the asked range', () => {
    using output = open('w');
    expect(rawWrite(output.fd, Buffer.from('0123456789'), 2, 5)).toBe(5);
    expect(readFileSync(output.path, 'utf8')).toBe('23456');
  });

  it('write two buffers as one, views and empty ones among them', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), fc.nat({ max: 5 }), (head, body, skip) => {
        using output = open('w');
        const first = head.subarray(skip);
        expect(rawWritev(output.fd, first, body)).toBe(first.length + body.length);
        expect([...readFileSync(output.path)]).toEqual([...first, ...body]);
      }),
      { numRuns: 50 },
    );
  });

  it('return errors as negated numbers, without throwing', () => {
    expect(rawWrite(-1, new Uint8Array(4), 0, 4)).toBe(-Errno.EBADF);
    expect(rawWritev(-1, new Uint8Array(4), new Uint8Array(4))).toBe(-Errno.EBADF);
  });
});

describe('a range outside its buffer', () => {
  it.each([
    [-1, 2],
    [0, 5],
    [3, 2],
    [5, 0],
    [0, -1],
    [Number.NaN, 1],
  ])('at %d with length %d is refused before the kernel sees it', (offset, length) => {
    expect(() => rawRead(fd, new Uint8Array(4), offset, length)).toThrow(RangeError);
    expect(() => rawWrite(fd, new Uint8Array(4), offset, length)).toThrow(RangeError);
    expect(() => rawPread(fd, new Uint8Array(4), { offset, length, position: 0 })).toThrow(RangeError);
  });
});

function open(mode: 'r' | 'w'): Disposable & { readonly fd: number; readonly path: string } {
  const path = mode === 'r' ? file : join(dir, 'output');
  const opened = openSync(path, mode);
  return { fd: opened, path, [Symbol.dispose]: () => closeSync(opened) };
}
