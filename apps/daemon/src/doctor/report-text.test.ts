import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { reportText } from './report-text.ts';
import type { StoreReport } from './store-report.ts';

const path = '/r/metadata.db';
const sound: StoreReport = {
  root: '/r',
  healthy: true,
  database: { path, state: 'ok' },
  usable: ['a', 'b'],
  remade: [],
  lost: [],
  unowned: [],
  leftovers: [],
};
const damaged = {
  ...sound,
  healthy: false,
  database: { path, state: 'damaged', problem: 'it is damaged' },
} as const;

describe('reportText', () => {
  it('is what the README shows', () => {
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
    const root = '/var/lib/sluice';
    const base = 'k8s.io/9/sha256:2c26b46b68ff';
    const problem =
      `the snapshot database ${root}/metadata.db is damaged (database disk image is malformed): ` +
      'restore it, or stop, move it away and pull again';
    const text = reportText({
      ...damaged,
      root,
      database: { path: `${root}/metadata.db`, state: 'damaged', problem },
      usable: Array.from({ length: 41 }, (_, id) => `s${id}`),
      lost: [
        { name: base, why: 'content', because: base },
        { name: 'k8s.io/12/web', why: 'below', because: base },
      ],
      unowned: [17],
    });
    expect(/```console\n# sluiced doctor\n([\s\S]*?)```/.exec(readme)?.[1]).toBe(`${text}\n`);
  });

  it('has three lines where nothing is wrong, and no advice', () => {
    expect(reportText(sound)).toBe(
      'root       /r\ndatabase   /r/metadata.db is whole\nsnapshots  2 can be used, 0 cannot',
    );
  });

  it('says of each lost snapshot why, and how to have it again', () => {
    const text = reportText({
      ...sound,
      healthy: false,
      lost: [
        { name: 'x', why: 'content', because: 'x' },
        { name: 'y', why: 'below', because: 'x' },
        { name: 'z', why: 'parent', because: 'lost snapshot 7' },
      ],
    });
    expect(text).toContain('2 can be used, 3 cannot');
    expect(text).toContain('lost       "x": its directory is gone');
    expect(text).toContain('lost       "y": it stands on "x", which is lost');
    expect(text).toContain('lost       "z": what it stands on is not known any more ("lost snapshot 7")');
    expect(text).toMatch(/^-> remove the containers and images of lost snapshots/m);
    expect(text).not.toContain('--repair');
  });

  it('says what the start will remove, before it does', () => {
    const text = reportText({ ...sound, remade: ['c'], unowned: [5], leftovers: ['new-1'] });
    expect(text).toContain('empty      "c" has lost its directory');
    expect(text).toContain('unowned    /r/snapshots/5: ');
    expect(text).toContain('leftover   /r/snapshots/new-1: the start removes it');
    expect(text).toMatch(/^-> the next start removes unowned directories: copy first/m);
  });

  it('advises to repair a damaged database of which something can be saved, and names the backup', () => {
    expect(reportText(damaged)).toMatch(
      /it is damaged\n[\s\S]*-> sluiced doctor --repair .*\n-> .*"sluice backup"/,
    );
  });

  it('advises against a start where nothing can be saved', () => {
    for (const state of ['damaged', 'missing'] as const) {
      const text = reportText({
        ...damaged,
        database: { path, state, problem: 'p' },
        usable: [],
        unowned: [1],
      });
      expect(text).toMatch(
        /-> .*"sluice backup".* before sluiced starts\n-> nothing can be saved without one/,
      );
      expect(text).not.toContain('--repair');
    }
  });

  it('says what was repaired', () => {
    const text = reportText({
      ...damaged,
      healthy: true,
      repaired: { kept: 2, damaged: `${path}.damaged-1` },
    });
    expect(text).toContain(
      `-> repaired: ${path} is new and has 2 snapshots; the damaged one is ${path}.damaged-1`,
    );
    expect(text).not.toContain('sluice backup');
  });

  it('lets no name steer the terminal', () => {
    const text = reportText({
      ...sound,
      lost: [{ name: 'a\u001b[2J\u009b\u202e\n', why: 'content', because: '' }],
    });
    expect(text).toContain(String.raw`"a\u001b[2J\u009b\u202e\n"`);
  });
});
