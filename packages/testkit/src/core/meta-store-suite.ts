import {
  type CommittedSnapshot,
  type MetaStore,
  type NewSnapshot,
  type SnapshotRecord,
  TARGET_LABEL,
} from '@sluice/snapshotter-core';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/** What the suite needs besides the store. */
export interface MetaStoreFixture extends AsyncDisposable {
  /** One that holds nothing. */
  readonly store: MetaStore;
  /** Disposes of the store and gives another one on the same data, as after a restart. */
  reopen(): Promise<MetaStore>;
}

const CREATED_NS = 1_700_000_000_123_456_789n;
const COMMITTED_NS = 1_700_000_001_987_654_321n;

/** What every `MetaStore` must do. Runs as vitest tests; each takes a fixture of its own and disposes of it. */
export function metaStoreSuite(name: string, createFixture: () => Promise<MetaStoreFixture>): void {
  describe(`MetaStore: ${name}`, () => {
    let fixture: MetaStoreFixture;
    let store: MetaStore;

    const create = (key: string, rest: Partial<NewSnapshot> = {}) =>
      store.write((tx) =>
        tx.create({ name: key, parent: '', kind: 'active', labels: {}, createdNs: CREATED_NS, ...rest }),
      );
    const commit = (key: string, committed: string, rest: Partial<CommittedSnapshot> = {}) =>
      store.write((tx) =>
        tx.commit(key, {
          name: committed,
          parent: '',
          labels: {},
          usage: { sizeBytes: 4096, inodes: 2 },
          remote: false,
          committedNs: COMMITTED_NS,
          ...rest,
        }),
      );
    const make = async (committed: string, rest: Partial<CommittedSnapshot> = {}) => {
      await create(`making ${committed}`, { parent: rest.parent ?? '' });
      return await commit(`making ${committed}`, committed, rest);
    };
    const get = (key: string) => store.read((tx) => tx.get(key));

    beforeEach(async () => {
      fixture = await createFixture();
      store = fixture.store;
    });
    afterEach(() => fixture[Symbol.asyncDispose]());

    describe('an empty store', () => {
      it('answers every look-up', () => {
        const answers = store.read((tx) => [
          tx.get('a'),
          tx.chain('a'),
          tx.withTarget('a', ''),
          tx.withTarget('a', 'b'),
          tx.hasChildren('a'),
          tx.page(0, 10),
          tx.ids(),
        ]);
        expect(answers).toEqual([undefined, [], [], [], false, [], new Set()]);
      });
    });

    describe('create', () => {
      it('returns what get finds', async () => {
        const record = await create('key with/slash', { labels: { a: '1', b: '' } });
        const expected: SnapshotRecord = {
          id: record.id,
          name: 'key with/slash',
          parent: '',
          kind: 'active',
          labels: { a: '1', b: '' },
          createdNs: CREATED_NS,
          updatedNs: CREATED_NS,
          remote: false,
        };
        expect(record).toEqual(expected);
        expect(get('key with/slash')).toEqual(expected);
      });

      it('keeps nanoseconds of any date', async () => {
        await create('far', { createdNs: 9_223_372_036_854_775_807n });
        expect(get('far')?.createdNs).toBe(9_223_372_036_854_775_807n);
      });

      it('refuses a name that is taken, whatever its kind', async () => {
        await create('a');
        await expect(create('a', { kind: 'view' })).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
        await make('b');
        await expect(create('b')).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
        expect(get('a')?.kind).toBe('active');
      });

      it('gives ids that grow and are not used again after a removal or a restart', async () => {
        const first = await create('a');
        const second = await create('b');
        await store.write((tx) => tx.remove('b'));
        const third = await create('b');
        await store.write((tx) => tx.remove('b'));
        store = await fixture.reopen();
        const fourth = await create('b');
        const ids = [first, second, third, fourth].map(({ id }) => id);
        expect(ids[0]).toBeGreaterThan(0);
        expect(new Set(ids).size).toBe(4);
        expect(ids).toEqual(ids.toSorted((a, b) => a - b));
      });

      it('keeps any labels', async () => {
        const labels = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }));
        let n = 0;
        await fc.assert(
          fc.asyncProperty(labels, async (given) => {
            const name = `labels ${n++}`;
            await create(name, { labels: given });
            expect(Object.entries(get(name)!.labels).sort()).toEqual(Object.entries(given).sort());
          }),
          { numRuns: 50 },
        );
      });
    });

    describe('commit', () => {
      it('keeps the id and replaces all else', async () => {
        const { id } = await create('key', { labels: { old: '1' } });
        const record = await commit('key', 'name', { labels: { new: '2' } });
        const expected: SnapshotRecord = {
          id,
          name: 'name',
          parent: '',
          kind: 'committed',
          labels: { new: '2' },
          createdNs: COMMITTED_NS,
          updatedNs: COMMITTED_NS,
          remote: false,
          usage: { sizeBytes: 4096, inodes: 2 },
        };
        expect(record).toEqual(expected);
        expect(get('name')).toEqual(expected);
        expect(get('key')).toBeUndefined();
      });

      it('keeps the mark of a remote layer, and the reason why one is not', async () => {
        await make('lazy', { remote: true });
        await make('not', { notLazy: 'unsupported-format' });
        expect(get('lazy')).toMatchObject({ remote: true });
        expect(get('lazy')?.notLazy).toBeUndefined();
        expect(get('not')).toMatchObject({ remote: false, notLazy: 'unsupported-format' });
      });

      it('refuses a name that is taken, and a key that does not exist', async () => {
        await make('taken');
        await create('key');
        await expect(commit('key', 'taken')).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
        await expect(commit('none', 'name')).rejects.toMatchObject({ code: 'NOT_FOUND' });
        expect(get('key')?.kind).toBe('active');
      });

      it('may give a parent', async () => {
        const base = await make('base');
        const record = await make('top');
        await create('key');
        await commit('key', 'rebased', { parent: 'base' });
        expect(record.parent).toBe('');
        expect(store.read((tx) => tx.chain('rebased').map(({ id }) => id))).toEqual([
          get('rebased')?.id,
          base.id,
        ]);
      });
    });

    describe('update', () => {
      it('replaces labels and the time of the last change', async () => {
        const before = await make('a', { labels: { a: '1' } });
        const record = await store.write((tx) => tx.update('a', { b: '2' }, COMMITTED_NS + 1n));
        expect(record).toEqual({ ...before, labels: { b: '2' }, updatedNs: COMMITTED_NS + 1n });
        expect(get('a')).toEqual(record);
      });

      it('keeps the labels that a remote snapshot was committed with', async () => {
        const before = await make('a', { labels: { a: '1' }, remote: true });
        await store.write((tx) => tx.update('a', { b: '2' }, 2n));
        const record = await store.write((tx) => tx.update('a', { c: '3' }, 3n));
        expect(record).toEqual({ ...before, labels: { c: '3' }, layerLabels: { a: '1' }, updatedNs: 3n });
        store = await fixture.reopen();
        expect(get('a')).toEqual(record);
      });

      it('refuses what does not exist', async () => {
        const update = store.write((tx) => tx.update('none', {}, 1n));
        await expect(update).rejects.toMatchObject({ code: 'NOT_FOUND' });
      });
    });

    describe('remove', () => {
      it('returns what it was, and forgets it', async () => {
        const record = await make('a');
        expect(await store.write((tx) => tx.remove('a'))).toEqual(record);
        expect(get('a')).toBeUndefined();
        expect(store.read((tx) => tx.ids())).toEqual(new Set());
      });

      it('refuses what does not exist', async () => {
        await expect(store.write((tx) => tx.remove('none'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
      });
    });

    describe('chain and hasChildren', () => {
      it('go from a snapshot down to its base', async () => {
        const links = [];
        for (let i = 0; i < 130; i++) {
          const { id } = await make(`c${i}`, { parent: i === 0 ? '' : `c${i - 1}`, remote: i % 2 === 0 });
          links.unshift({ id, name: `c${i}`, remote: i % 2 === 0 });
        }
        expect(store.read((tx) => tx.chain('c129'))).toEqual(links);
      });

      it('know every kind of child', async () => {
        await make('base');
        for (const kind of ['active', 'view'] as const) {
          expect(store.read((tx) => tx.hasChildren('base'))).toBe(false);
          await create('child', { parent: 'base', kind });
          expect(store.read((tx) => tx.hasChildren('base'))).toBe(true);
          await store.write((tx) => tx.remove('child'));
        }
      });
    });

    describe('withTarget', () => {
      const labels = { [TARGET_LABEL]: 'sha256:x' };

      it('finds by label and parent, every kind, by ascending id', async () => {
        await make('base');
        await make('above', { parent: 'base', labels });
        await create('key', { labels });
        await make('b', { labels });
        await make('a', { labels });
        await make('other', { labels: { [TARGET_LABEL]: 'sha256:y' } });
        const find = (parent: string) =>
          store.read((tx) => tx.withTarget('sha256:x', parent).map(({ name: found }) => found));
        expect(find('')).toEqual(['key', 'b', 'a']);
        expect(find('base')).toEqual(['above']);
        expect(find('none')).toEqual([]);
      });

      it('follows changes of the label', async () => {
        await make('a', { labels });
        await store.write((tx) => tx.update('a', {}, 1n));
        expect(store.read((tx) => tx.withTarget('sha256:x', ''))).toEqual([]);
        await store.write((tx) => tx.update('a', labels, 2n));
        expect(store.read((tx) => tx.withTarget('sha256:x', ''))).toHaveLength(1);
      });
    });

    describe('page', () => {
      it('walks all snapshots once, by ascending id, whatever changes on the way', async () => {
        for (let i = 0; i < 25; i++) await create(`k${i}`);
        await store.write((tx) => tx.remove('k3'));
        const seen: string[] = [];
        for (let afterId = 0; ; ) {
          const page = store.read((tx) => tx.page(afterId, 10));
          if (page.length === 0) break;
          expect(page.length).toBeLessThanOrEqual(10);
          seen.push(...page.map(({ name: found }) => found));
          afterId = page.at(-1)!.id;
          if (seen.length === 10) await store.write((tx) => tx.remove('k5'));
        }
        expect(seen).toEqual(Array.from({ length: 25 }, (_, i) => `k${i}`).filter((key) => key !== 'k3'));
      });
    });

    describe('write', () => {
      const key = (name: string): NewSnapshot => ({
        name,
        parent: '',
        kind: 'active',
        labels: {},
        createdNs: CREATED_NS,
      });

      it('undoes all of a function that throws, and only that', async () => {
        await create('before');
        const problem = new Error('no');
        const writes = [
          store.write((tx) => tx.create(key('first'))),
          store.write((tx) => {
            tx.create(key('second'));
            tx.remove('before');
            tx.update('first', { changed: 'yes' }, 1n);
            throw problem;
          }),
          store.write((tx) => tx.create(key('third'))),
        ];
        const results = await Promise.allSettled(writes);
        expect(results[1]).toEqual({ status: 'rejected', reason: problem });
        expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
        const names = store.read((tx) => tx.page(0, 10).map(({ name: found }) => found));
        expect(names).toEqual(['before', 'first', 'third']);
        expect(get('first')?.labels).toEqual({});
      });

      it('shows nothing afterwards of what was seen in a function that throws', async () => {
        await make('base');
        await make('other', { labels: { l: '1' } });
        const failed = store.write((tx) => {
          tx.update('other', { l: '2' }, 1n);
          tx.create({ ...key('new'), parent: 'base' });
          tx.remove('other');
          tx.commit('new', {
            name: 'other',
            parent: 'base',
            labels: {},
            usage: { sizeBytes: 1, inodes: 1 },
            remote: true,
            committedNs: 1n,
          });
          expect([tx.get('other')?.remote, tx.chain('other').length]).toEqual([true, 2]);
          throw new Error('no');
        });
        await expect(failed).rejects.toThrow('no');
        expect(get('other')).toMatchObject({ remote: false, labels: { l: '1' } });
        expect(store.read((tx) => [tx.chain('other').length, tx.chain('new')])).toEqual([1, []]);
      });

      it('shows every change to the next look-up, also where a name is used again', async () => {
        await make('base');
        await make('a', { parent: 'base', labels: { l: '1' } });
        expect(store.read((tx) => tx.chain('a'))).toHaveLength(2);
        await store.write((tx) => tx.remove('a'));
        expect([get('a'), store.read((tx) => tx.chain('a'))]).toEqual([undefined, []]);
        const again = await make('a', { labels: { l: '2' } });
        expect(get('a')).toEqual(again);
        expect(store.read((tx) => tx.chain('a').map(({ id }) => id))).toEqual([again.id]);
      });

      it('runs functions in the order of their calls, each on the result of the one before', async () => {
        const seen: number[] = [];
        const writes = Array.from({ length: 50 }, (_, i) =>
          store.write((tx) => {
            seen.push(tx.ids().size);
            tx.create(key(`k${i}`));
          }),
        );
        await Promise.all(writes);
        expect(seen).toEqual(Array.from({ length: 50 }, (_, i) => i));
      });

      it('lets a function see its own changes', async () => {
        const found = await store.write((tx) => {
          tx.create(key('a'));
          return [tx.get('a')?.name, tx.ids().size];
        });
        expect(found).toEqual(['a', 1]);
      });

      it('has lasting effect', async () => {
        const records = [await make('base', { remote: true }), await create('top', { parent: 'base' })];
        store = await fixture.reopen();
        expect(store.read((tx) => tx.page(0, 10))).toEqual(records);
      });

      it('makes what is acknowledged last', async () => {
        const writes = Array.from({ length: 10 }, (_, i) => create(`k${i}`));
        const reopened = await Promise.all(writes).then(() => fixture.reopen());
        store = reopened;
        expect(store.read((tx) => tx.ids().size)).toBe(10);
      });
    });

    describe('a store that was disposed of', () => {
      it('refuses everything, and does not mind being disposed of again', async () => {
        store[Symbol.dispose]();
        store[Symbol.dispose]();
        expect(() => get('a')).toThrow('closed');
        await expect(create('a')).rejects.toThrow('closed');
      });
    });
  });
}
