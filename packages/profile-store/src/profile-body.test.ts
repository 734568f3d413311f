import { profileOf } from '@sluice/testkit/remote-fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packBody, unpackBody } from './profile-body.ts';

describe('the body of a profile', () => {
  it('holds the layers and their ranges, in their order', () => {
    const range = fc.tuple(fc.nat(2 ** 50), fc.integer({ min: 1, max: 2 ** 40 }));
    const layers = fc.dictionary(
      fc.stringMatching(/^sha256:[0-9a-f]{64}$/),
      fc.array(range, { maxLength: 20 }),
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(layers, (some) => {
        const profile = profileOf('1', { layers: some });
        expect(unpackBody(packBody(profile), profile)).toEqual(profile);
      }),
    );
  });

  it('is a profile or an error, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        try {
          expect(unpackBody(bytes, profileOf('1')).version).toBe(1);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
    );
  });
});
