import type { LayerIndex } from '@sluice/layer';
import { createLogRecorder } from '@sluice/testkit/core';
import { createMemoryProfileStore, profileOf } from '@sluice/testkit/remote-fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../test/test-layer.ts';
import type { LayerSource } from '../labels/layer-source.ts';
import type { OpenLayer } from '../layers/open-layer.ts';
import { createProfiles, type Profiles } from './create-profiles.ts';
import type { BlobRange, Profile } from './profile.ts';
import type { ProfileStore } from './profile-store.ts';

const profile = profileOf('1');
const [base, app] = Object.keys(profile.layers) as [string, string];
const logger = createLogRecorder();

let store: ProfileStore;
let profiles: Profiles | undefined;
let looked: { signal: AbortSignal }[];
let answer: (signal: AbortSignal) => Promise<readonly Profile[]>;

beforeEach(() => {
  store = createMemoryProfileStore();
  logger.lines.length = 0;
  looked = [];
  answer = async () => [profile];
});
afterEach(() => profiles?.[Symbol.dispose]());

function open(): Profiles {
  const find = async (_image: unknown, options: { signal?: AbortSignal } = {}) => {
    looked.push({ signal: options.signal! });
    return await answer(options.signal!);
  };
  profiles = createProfiles({ store, logger, artifacts: { find } }, { settledMs: 20 });
  return profiles;
}

/** A layer of ten chunks of 1000 bytes, as far as profiles look at it. */
function layerOf(digest: string) {
  const blobOffset = Float64Array.from({ length: 10 }, (_, chunk) => chunk * 1000);
  const chunks = { blobOffset, blobEnd: blobOffset.map((offset) => offset + 1000) };
  const brought: BlobRange[] = [];
  const reads = new Int32Array(11);
  const layer = {
    digest,
    index: { chunkCount: 10, chunks } as unknown as LayerIndex,
    reads,
    bringRanges: (ranges: readonly BlobRange[]) => void brought.push(...ranges),
  } as unknown as OpenLayer;
  const read = (chunk: number) => {
    reads[1 + chunk] ||= ++reads[0]!;
  };
  return { layer, brought, read };
}

const sourceOf = (layerDigest: string): LayerSource => ({
  reference: profile.reference,
  layerDigest,
  manifestDigest: profile.image,
  layers: [base, app],
  annotations: {},
});

describe('profiles that lie beside images', () => {
  it('are looked for once an image, used for all of its layers, and kept', async () => {
    const learning = open();
    const layers = [base, app].map(layerOf);
    for (const { layer } of layers) learning.mounted(sourceOf(layer.digest), layer);
    await eventually(() => layers.every(({ brought }) => brought.length > 0));
    expect(layers.map(({ brought }) => brought)).toEqual([profile.layers[base], profile.layers[app]]);
    expect(looked).toHaveLength(1);
    expect(await store.load(profile.image)).toEqual(profile);
  });

  it('are not looked for where there is one here', async () => {
    await store.save(profile);
    const { layer, brought } = layerOf(app);
    open().mounted(sourceOf(app), layer);
    await eventually(() => brought.length > 0);
    expect(looked).toEqual([]);
  });

  it('do not replace what was learned here while they were looked for', async () => {
    const { promise, resolve } = Promise.withResolvers<readonly Profile[]>();
    answer = () => promise;
    const { layer, read } = layerOf(base);
    open().mounted(sourceOf(base), layer);
    read(3);
    await eventually(async () => (await store.load(profile.image)) !== undefined);
    const learned = await store.load(profile.image);
    expect(learned?.layers).toEqual({ [base]: [[3000, 1000]] });
    resolve([profile]);
    await new Promise((later) => setTimeout(later, 50));
    expect(await store.load(profile.image)).toEqual(learned);
  });

  it('are done without where they cannot be had, with a warning, and the start is learned', async () => {
    answer = () => Promise.reject(new Error('the registry is away'));
    const { layer, read } = layerOf(base);
    open().mounted(sourceOf(base), layer);
    await eventually(() => logger.lines.some(({ level }) => level === 'warn'));
    read(0);
    await eventually(async () => (await store.load(profile.image)) !== undefined);
  });

  it('bring nothing to a layer that is gone by then, and are not waited for at the end', async () => {
    const { promise, resolve } = Promise.withResolvers<readonly Profile[]>();
    answer = () => promise;
    const { layer, brought } = layerOf(base);
    const learning = open();
    learning.mounted(sourceOf(base), layer)[Symbol.dispose]();
    await eventually(() => looked.length === 1);
    resolve([profile]);
    await eventually(async () => (await store.load(profile.image)) !== undefined);
    expect(brought).toEqual([]);
    learning[Symbol.dispose]();
    expect(looked[0]!.signal.aborted).toBe(true);
  });
});

describe('what is known to be read of a layer', () => {
  it('is brought before it is mounted, and not once more when it is', async () => {
    await store.save(profile);
    const learning = open();
    const { layer, brought } = layerOf(app);
    learning.foreseen(sourceOf(app), layer);
    await eventually(() => brought.length > 0);
    using _mounted = learning.mounted(sourceOf(app), layer);
    await new Promise((later) => setTimeout(later, 20));
    expect(brought).toEqual(profile.layers[app]);
  });

  it('is brought for another image and for the layer opened anew', async () => {
    const other = { ...profile, image: profileOf('2').image };
    await Promise.all([store.save(profile), store.save(other)]);
    const learning = open();
    const [first, again] = [layerOf(app), layerOf(app)];
    for (const { layer } of [first, again]) learning.foreseen(sourceOf(app), layer);
    learning.foreseen({ ...sourceOf(app), manifestDigest: other.image }, first.layer);
    const ranges = profile.layers[app]!;
    await eventually(() => first.brought.length > ranges.length);
    expect([first.brought, again.brought]).toEqual([[...ranges, ...ranges], ranges]);
  });

  it('is not learned of a layer that was never mounted', async () => {
    const { layer, read } = layerOf(app);
    answer = async () => [];
    open().foreseen(sourceOf(app), layer);
    read(1);
    await new Promise((later) => setTimeout(later, 100));
    expect(await store.load(profile.image)).toBeUndefined();
  });
});
