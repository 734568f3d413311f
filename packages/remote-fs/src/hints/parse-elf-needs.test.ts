import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { elfFile } from '../../test/hints/elf-file.ts';
import { parseElfNeeds, type ReadFile } from './parse-elf-needs.ts';

const program = elfFile({
  interpreter: '/lib64/ld-linux-x86-64.so.2',
  needed: ['libm.so.6', 'libc.so.6'],
  runpath: '$ORIGIN/../lib:/opt/lib',
  code: new Uint8Array(5000),
});

/** Of a file of which only the first bytes are here, if that is said. */
const readerOf =
  (file: Uint8Array, hereBytes = file.length): ReadFile =>
  async (offset, length) =>
    length > 0 && offset + length <= hereBytes ? file.subarray(offset, offset + length) : undefined;

describe('parseElfNeeds', () => {
  it('finds interpreter, libraries and where to look for them', async () => {
    expect(await parseElfNeeds(readerOf(program))).toEqual({
      machine: 62,
      interpreter: '/lib64/ld-linux-x86-64.so.2',
      needed: ['libm.so.6', 'libc.so.6'],
      searched: ['$ORIGIN/../lib', '/opt/lib'],
      missing: [],
    });
  });

  it('says which part of the file has the rest, if it is not here', async () => {
    const found = await parseElfNeeds(readerOf(program, 5000));
    expect(found?.interpreter).toBe('/lib64/ld-linux-x86-64.so.2');
    const [range] = found!.missing;
    expect(range!.offset).toBeGreaterThan(5000);
    expect(range!.offset + range!.length).toBe(program.length);
  });

  it('finds nothing in what is no ELF file, or none that it knows', async () => {
    const other = Buffer.from(program);
    other[4] = 1;
    for (const file of [Buffer.from('#!/bin/sh\n'), Buffer.alloc(64), program.subarray(0, 63), other]) {
      expect(await parseElfNeeds(readerOf(file))).toBeUndefined();
    }
  });

  it('never throws, and finds no more than its limits, whatever the bytes are', async () => {
    const change = fc.record({ at: fc.nat(program.length - 1), byte: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 30 }), fc.nat(), async (changes, cut) => {
        const file = Buffer.from(program);
        for (const { at, byte } of changes) file[at] = byte;
        const found = await parseElfNeeds(readerOf(file, cut % (file.length + 1)));
        expect(found?.needed.length ?? 0).toBeLessThanOrEqual(256);
        for (const { offset, length } of found?.missing ?? []) {
          expect(offset).toBeGreaterThanOrEqual(0);
          expect(length).toBeLessThanOrEqual(4 * 1024 * 1024);
        }
      }),
      { numRuns: 500 },
    );
  });
});
