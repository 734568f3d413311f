import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OpenInode } from './open-inode.ts';
import { openOpensJournal } from './opens-journal.ts';

describe('the journal of opens', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'sluice-opens-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('gives back, to whoever opens it, what was open last', () => {
    const inode = fc.integer({ min: 1, max: 30_000 });
    const state = fc.record({ opens: fc.nat(3), backing: fc.nat(9) });
    let files = 0;
    fc.assert(
      fc.property(fc.array(fc.tuple(inode, state), { maxLength: 30 }), (writes) => {
        const path = join(directory, `${++files}`);
        const expected = new Map<number, OpenInode>();
        {
          using journal = openOpensJournal(path);
          expect(journal.read()).toEqual(new Map());
          for (const [number, open] of writes) {
            journal.write(number, open);
            if (open.opens === 0) expected.delete(number);
            else expected.set(number, open);
          }
        }
        using again = openOpensJournal(path);
        expect(again.read()).toEqual(expected);
      }),
    );
  });

  it('ignores a slot that is cut', () => {
    const path = join(directory, 'cut');
    using journal = openOpensJournal(path);
    journal.write(3, { opens: 2, backing: 5 });
    appendFileSync(path, Buffer.from([1, 0, 0, 0, 1]));
    expect(journal.read()).toEqual(new Map([[3, { opens: 2, backing: 5 }]]));
  });

  it('names the file that it cannot open', () => {
    const open = () => openOpensJournal(join(directory, 'missing', 'file'));
    expect(open).toThrow(
      expect.objectContaining({ code: 'MOUNT_FAILED', message: expect.stringContaining('missing/file') }),
    );
  });
});
