import { buildTree, dir, file } from '@sluice/testkit/fuse';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatHandoverState, type HandoverState, nameOfTree, parseHandoverState } from './handover-state.ts';

const state = fc.record({
  mountpoint: fc.string(),
  tree: fc.string(),
  opensFile: fc.option(fc.string(), { nil: undefined }),
  negotiated: fc.record({
    withoutOpen: fc.boolean(),
    withoutOpendir: fc.boolean(),
    passthrough: fc.constantFrom('on', 'off', 'not-offered'),
  }),
}) as fc.Arbitrary<HandoverState>;

describe('the state of a mount that changes hands', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(state, (value) => {
        expect(parseHandoverState(formatHandoverState(value))).toEqual(value);
      }),
    );
  });

  it('is refused as a whole when anything is missing or of another type', () => {
    const refused = expect.objectContaining({ code: 'BAD_HANDOVER' });
    fc.assert(
      fc.property(
        state,
        fc.constantFrom('version', 'mountpoint', 'tree', 'negotiated'),
        fc.jsonValue(),
        (value, key, other) => {
          fc.pre(typeof other !== 'string' && other !== 1);
          const fields = JSON.parse(formatHandoverState(value));
          expect(() => parseHandoverState(JSON.stringify({ ...fields, [key]: other }))).toThrow(refused);
        },
      ),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(() => parseHandoverState(text)).toThrow(refused);
      }),
    );
  });

  it('tells trees apart by any name, attribute or content', () => {
    const name = (root: Parameters<typeof buildTree>[0]) => nameOfTree(buildTree(root, '/nowhere').tree);
    const trees = [
      dir({ a: file('x') }),
      dir({ b: file('x') }),
      dir({ a: file('xy') }),
      dir({ a: file('x', { mode: 0o600 }) }),
      dir({ a: file('x', { mtimeNsec: 1 }) }),
      dir({ a: file('x', { xattrs: { 'user.a': Buffer.from('b') } }) }),
      dir({ a: file('x'), b: file('y') }),
    ];
    expect(new Set(trees.map(name)).size).toBe(trees.length);
    expect(name(dir({ a: file('x') }))).toBe(name(dir({ a: file('x') })));
  });
});
