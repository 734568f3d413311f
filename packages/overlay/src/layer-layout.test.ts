import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createLayerLayout,
  isOrphanName,
  newRemovedName,
  newStagedName,
  parseIdName,
} from './layer-layout.ts';

const ids = fc.nat({ max: Number.MAX_SAFE_INTEGER });

describe('names of directories', () => {
  it('of ids are read back', () => {
    fc.assert(
      fc.property(ids, (id) => {
        expect(parseIdName(String(id))).toBe(id);
      }),
    );
  });

  it.each(['', '01', '+1', '-1', '1.0', '1e3', ' 1', '0x1', 'fs', '9007199254740993', '１'])(
    'such as %j stand for no id',
    (name) => expect(parseIdName(name)).toBeUndefined(),
  );

  it('of orphans are told from ids and from anything else', () => {
    fc.assert(
      fc.property(ids, fc.string(), (id, other) => {
        expect([newStagedName(), newRemovedName(id)].map(isOrphanName)).toEqual([true, true]);
        expect([newStagedName(), newRemovedName(id)].map(parseIdName)).toEqual([undefined, undefined]);
        expect(isOrphanName(other)).toBe(false);
      }),
    );
  });

  it.each([
    'new-',
    'lost+found',
    'new-0123456789ab/..',
    '../new-0123456789ab',
    'rm-x-0123456789ab',
    'new-0123456789ab\n',
  ])('such as %j are no orphans', (name) => expect(isOrphanName(name)).toBe(false));
});

describe('createLayerLayout', () => {
  it('names the directories of a snapshot', () => {
    const layout = createLayerLayout('/var/lib/sluice/');
    expect(layout.fs(12)).toBe('/var/lib/sluice/snapshots/12/fs');
    expect(layout.work(12)).toBe('/var/lib/sluice/snapshots/12/work');
    expect(layout.orphan('new-0')).toBe('/var/lib/sluice/snapshots/new-0');
  });
});
