import { appendFileSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { isSealed, sealOf } from './content-seal.ts';

const directory = mkdtempSync(join(tmpdir(), 'sluice-seal-'));
afterAll(() => rmSync(directory, { recursive: true }));
const path = join(directory, 'content');

const names = fc.uint8Array({ minLength: 32, maxLength: 32 });
const salts = fc.nat(0xffff_ffff);
/** Up to the year 2100. */
const seconds = fc.nat(4_102_444_800);

function seal(name: Uint8Array, salt: number, second: number): void {
  writeFileSync(path, 'content');
  utimesSync(path, second, second + sealOf(name, salt) / 1e6);
}

describe('a sealed file', () => {
  it('is known as such, whatever its name and the time', () => {
    const property = fc.property(names, salts, seconds, (name, salt, second) => {
      seal(name, salt, second);
      expect(isSealed(statSync(path).mtimeMs, name, salt)).toBe(true);
    });
    fc.assert(property, { numRuns: 2000 });
  });

  it('is not of another name or salt', () => {
    const property = fc.property(names, salts, seconds, (name, salt, second) => {
      seal(name, salt, second);
      const other = Uint8Array.from(name, (byte, at) => (at === 31 ? byte ^ 1 : byte));
      expect(isSealed(statSync(path).mtimeMs, other, salt)).toBe(false);
      expect(isSealed(statSync(path).mtimeMs, name, salt ^ 1)).toBe(false);
    });
    fc.assert(property, { numRuns: 100 });
  });

  it('is broken by who writes to it', () => {
    const name = new Uint8Array(32).fill(7);
    let intact = 0;
    for (let round = 0; round < 20; round++) {
      seal(name, round, 1_700_000_000);
      appendFileSync(path, 'x');
      if (isSealed(statSync(path).mtimeMs, name, round)) intact++;
    }
    // Each has one chance in a million to look as before.
    expect(intact).toBeLessThan(2);
  });
});
