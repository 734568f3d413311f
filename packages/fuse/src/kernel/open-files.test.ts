import { Errno } from '@sluice/linux';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BackingFiles } from './backing-files.ts';
import { createOpenFiles } from './open-files.ts';

/** The kernel's side of the rules: ids are given once and back once. */
function createIds(answer: () => number | undefined = () => undefined) {
  const registered = new Set<number>();
  let last = 0;
  const backing: BackingFiles = {
    register() {
      const errno = answer();
      if (errno !== undefined) return -errno;
      registered.add(++last);
      return last;
    },
    unregister(id) {
      if (!registered.delete(id)) throw new Error(`the id ${id} is not registered`);
    },
  };
  return { backing, registered };
}

describe('the open files of a connection', () => {
  it('never mix two ways or two ids among the opens of one inode, and give every id back', () => {
    const step = fc.record({
      kind: fc.constantFrom('open', 'open', 'release', 'complete'),
      inode: fc.integer({ min: 1, max: 4 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { backing, registered } = createIds();
        const complete = new Set<number>();
        const files = createOpenFiles({
          backing,
          complete: (content) => (complete.has(content) ? 7 : undefined),
        });
        const open = new Map<number, number[]>();
        for (const { kind, inode } of steps) {
          if (kind === 'complete') complete.add(inode);
          else if (kind === 'open') open.set(inode, [...(open.get(inode) ?? []), files.open(inode, inode)]);
          else if (open.get(inode)?.pop() !== undefined) files.release(inode);
          for (const ids of open.values()) expect(new Set(ids).size).toBeLessThanOrEqual(1);
        }
        for (const [inode, ids] of open) for (const _ of ids) files.release(inode);
        expect(registered.size).toBe(0);
      }),
    );
  });

  it('hand a file to the kernel once it is complete and was closed', () => {
    const { backing } = createIds();
    let isComplete = false;
    const files = createOpenFiles({ backing, complete: () => (isComplete ? 7 : undefined) });
    expect(files.open(2, 0)).toBe(0);
    isComplete = true;
    expect(files.open(2, 0)).toBe(0);
    files.release(2);
    files.release(2);
    expect(files.open(2, 0)).toBe(1);
  });

  it('offer the kernel no further file after a lasting refusal, and try again after another one', () => {
    let errno: number = Errno.ENFILE;
    let asked = 0;
    const { backing } = createIds(() => {
      asked++;
      return errno;
    });
    const files = createOpenFiles({ backing, complete: () => 7 });
    expect(files.open(2, 0)).toBe(0);
    expect(files.refusal).toBeUndefined();
    errno = Errno.ELOOP;
    expect(files.open(3, 0)).toBe(0);
    expect(files.refusal).toBe(Errno.ELOOP);
    expect(files.open(4, 0)).toBe(0);
    expect(asked).toBe(2);
  });

  it('does not ask for files without content, and survives closes that it knows nothing of', () => {
    const { backing, registered } = createIds();
    const files = createOpenFiles({ backing, complete: () => 7 });
    files.release(9);
    expect(files.open(9, -1)).toBe(0);
    expect(registered.size).toBe(0);
  });
});
