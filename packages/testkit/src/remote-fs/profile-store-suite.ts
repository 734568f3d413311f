import type { ProfileStore } from '@sluice/remote-fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { profileOf } from './profile-of.ts';

export interface ProfileStoreFixture extends Disposable {
  /** Holds nothing. */
  readonly store: ProfileStore;
  /** Its bound, at most 9. */
  readonly maxProfiles: number;
}

/** What every `ProfileStore` must do. Runs as vitest tests; each takes a fixture of its own and disposes of it. */
export function profileStoreSuite(name: string, createFixture: () => ProfileStoreFixture): void {
  describe(`ProfileStore: ${name}`, () => {
    let fixture: ProfileStoreFixture;
    let store: ProfileStore;
    beforeEach(() => {
      fixture = createFixture();
      store = fixture.store;
    });
    afterEach(() => fixture[Symbol.dispose]());

    const images = async () => (await store.list()).map(({ image }) => image);
    const imageOf = (digit: number) => profileOf(String(digit)).image;

    it('begins with nothing', async () => {
      expect(await store.list()).toEqual([]);
      expect(await store.load(imageOf(1))).toBeUndefined();
      expect(await store.remove(imageOf(1))).toBe(false);
    });

    it('gives back what was saved, ranges in their order', async () => {
      await store.save(profileOf('1'));
      expect(await store.load(imageOf(1))).toEqual(profileOf('1'));
    });

    it('replaces what there is of the same image', async () => {
      await store.save(profileOf('1'));
      const other = profileOf('1', { reference: 'example.org/other', layers: {} });
      await store.save(other);
      expect(await store.load(imageOf(1))).toEqual(other);
      expect(await images()).toHaveLength(1);
    });

    it('counts what it lists, sorted by reference, then by time', async () => {
      const old = profileOf('2', { reference: 'example.org/app:1', recordedAt: '2025-01-02T03:04:05.678Z' });
      for (const profile of [profileOf('3'), profileOf('1'), old]) await store.save(profile);
      expect(await images()).toEqual([imageOf(2), imageOf(1), imageOf(3)]);
      const { layers: _, version: __, ...about } = profileOf('1');
      expect((await store.list())[1]).toEqual({ ...about, layers: 2, ranges: 3, sizeBytes: 1101 });
    });

    it('removes one, and says whether it was there', async () => {
      for (const digit of ['1', '2']) await store.save(profileOf(digit));
      expect(await store.remove(imageOf(1))).toBe(true);
      expect(await store.load(imageOf(1))).toBeUndefined();
      expect(await images()).toEqual([imageOf(2)]);
    });

    it('takes any name of an image', async () => {
      const image = `example.org/../o'ther:${'x'.repeat(200)}`;
      await store.save(profileOf('1', { image }));
      expect(await images()).toEqual([image]);
      expect(await store.remove(image)).toBe(true);
    });

    it('forgets those that were not used for the longest time', async () => {
      const { maxProfiles } = fixture;
      for (let at = 0; at < maxProfiles; at++) await store.save(profileOf(String(at)));
      await store.load(imageOf(0));
      await store.list();
      await store.save(profileOf(String(maxProfiles)));
      expect(await images()).toHaveLength(maxProfiles);
      expect(await store.load(imageOf(1))).toBeUndefined();
      expect(await store.load(imageOf(0))).toBeDefined();
    });
  });
}
