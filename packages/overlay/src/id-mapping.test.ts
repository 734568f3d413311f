import { ID_MAPPING_LABELS } from '@sluice/snapshotter-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseIdMapping } from './id-mapping.ts';

const parse = (uid?: string, gid?: string) =>
  parseIdMapping({
    other: 'label',
    ...(uid !== undefined && { [ID_MAPPING_LABELS.uid]: uid }),
    ...(gid !== undefined && { [ID_MAPPING_LABELS.gid]: gid }),
  });

describe('parseIdMapping', () => {
  it('finds none without labels', () => {
    expect(parse()).toBeUndefined();
  });

  it('says what root is outside, and how to mount', () => {
    expect(parse('0:100000:65536', '5:1:2,0:7:1')).toEqual({
      root: { uid: 100_000, gid: 7 },
      mountOptions: ['uidmap=0:100000:65536', 'gidmap=5:1:2,0:7:1'],
    });
  });

  it.each([
    ['only one label', '0:1:1', undefined],
    ['only the other one', undefined, '0:1:1'],
    ['nothing in a label', '', '0:1:1'],
    ['a mapping without root', '1:1:1', '0:1:1'],
    ['no numbers', '0:x:1', '0:1:1'],
    ['too few fields', '0:1', '0:1:1'],
    ['too many fields', '0:1:1:1', '0:1:1'],
    ['a negative id', '0:-1:1', '0:1:1'],
    ['an empty range', '0:1:0', '0:1:1'],
    ['an id beyond 32 bits', '0:4294967295:1', '0:1:1'],
    ['another mount option', '0:1:1,upperdir=/etc', '0:1:1'],
    ['a comma at the end', '0:1:1,', '0:1:1'],
  ])('refuses %s, naming the label', (_what, uid, gid) => {
    expect(() => parse(uid, gid)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining('mapping') }),
    );
  });

  it('lets nothing but numbers, colons and commas into the mount options', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ unit: fc.constantFrom(...'019:,-x=') }), (any, near) => {
        for (const text of [any, near]) {
          let mapping: ReturnType<typeof parse>;
          try {
            mapping = parse(text, text);
          } catch (error) {
            expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' });
          }
          for (const option of mapping?.mountOptions ?? []) expect(option).toMatch(/^[ug]idmap=[\d:,]+$/);
        }
      }),
    );
  });
});
