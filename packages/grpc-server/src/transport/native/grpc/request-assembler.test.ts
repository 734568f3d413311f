import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Assembled, RequestAssembler } from './request-assembler.ts';

const MAX_BYTES = 1000;

function framed(message: Uint8Array, flag = 0): Buffer {
  const prefix = Buffer.of(flag, 0, 0, 0, 0);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/** Cuts bytes at random places. */
function pieces(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return places.slice(1).flatMap((end, at) => (end > places[at]! ? [bytes.subarray(places[at], end)] : []));
}

function push(assembler: RequestAssembler, chunks: readonly Buffer[]): Assembled[] {
  return chunks.map((chunk) => assembler.push(chunk));
}

describe('RequestAssembler', () => {
  it('gives the message with its last byte, however it is cut', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.array(fc.nat(), { maxLength: 10 }),
        fc.boolean(),
        (message, cuts, isCompressed) => {
          const assembler = new RequestAssembler(MAX_BYTES);
          const results = push(assembler, pieces(framed(message, isCompressed ? 1 : 0), cuts));
          const last = results.pop() as Exclude<Assembled, string>;
          expect(new Set(results)).not.toContain('too-many');
          expect(results.every((result) => result === 'incomplete')).toBe(true);
          expect(last.isCompressed).toBe(isCompressed);
          expect([...last.message]).toEqual([...message]);
        },
      ),
    );
  });

  it('refuses more than one message, however they are cut', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 50 }),
        fc.array(fc.nat(), { maxLength: 5 }),
        (more, cuts) => {
          const assembler = new RequestAssembler(MAX_BYTES);
          const results = push(assembler, pieces(Buffer.concat([framed(Buffer.alloc(9)), more]), cuts));
          expect(results.some((result) => result === 'too-many' || typeof result === 'object')).toBe(true);
          expect(results.at(-1)).toBe('too-many');
        },
      ),
    );
  });

  it('refuses a message that is too long once its length is there, and holds nothing for it', () => {
    const assembler = new RequestAssembler(MAX_BYTES);
    const prefix = Buffer.of(0, 0, 0, 3, 0xe9);
    expect(push(assembler, pieces(prefix, [2]))).toEqual(['incomplete', 'too-long']);
    expect(assembler.heldBytes).toBeLessThan(100);
    expect(new RequestAssembler(MAX_BYTES).push(framed(Buffer.alloc(MAX_BYTES)))).toMatchObject({
      isCompressed: false,
    });
  });

  it('holds little more than what has come, a byte at a time', () => {
    const assembler = new RequestAssembler(1 << 20);
    const bytes = framed(Buffer.alloc(100_000)).subarray(0, -1);
    for (const byte of bytes) assembler.push(Buffer.of(byte));
    expect(assembler.heldBytes).toBeLessThanOrEqual(2 * bytes.length);
    assembler.drop();
    expect(assembler.heldBytes).toBe(0);
  });
});
