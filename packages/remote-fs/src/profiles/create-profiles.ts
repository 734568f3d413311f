import type { Logger } from '@sluice/snapshotter-core';
import type { LayerSource } from '../labels/layer-source.ts';
import type { OpenLayer } from '../layers/open-layer.ts';
import { addStart } from './add-start.ts';
import type { Profile } from './profile.ts';
import type { ProfileArtifacts } from './profile-artifacts.ts';
import type { ProfileStore } from './profile-store.ts';
import { rangesOfReads } from './read-ranges.ts';

/** Learns what containers of an image read while they start, and fetches that for the next one, before it asks. */
export interface Profiles extends Disposable {
  /** Whether there is something here of starts of an image. @throws what the store throws */
  isKnown(source: LayerSource): Promise<boolean>;
  /** Begins to fetch what starts of the image read of a layer that is open, and will be mounted for it soon. */
  foreseen(source: LayerSource, layer: OpenLayer): void;
  /** Says that a layer is mounted for an image that is about to be started, until the result is disposed. */
  mounted(source: LayerSource, layer: OpenLayer): Disposable;
}

export interface ProfilesDeps {
  readonly store: ProfileStore;
  readonly logger: Logger;
  /**
   * Looks elsewhere for the profile of an image that has none here. Asked once for all layers of an image; nothing waits
   * for it, and what comes is used and kept, unless a start was learned meanwhile.
   */
  readonly artifacts?: Pick<ProfileArtifacts, 'find'> | undefined;
}

export interface ProfilesOptions {
  /** A start is over when nothing new was read for so many milliseconds. Default 10 000. */
  readonly settledMs?: number;
  /** Or after so many. Default 5 minutes. */
  readonly longestMs?: number;
}

interface Recording {
  readonly image: string;
  readonly reference: string;
  readonly layers: Map<string, OpenLayer>;
  /** When something was read for the first time. */
  beganAt: number | undefined;
  lastCount: number;
  changedAt: number;
}

const lookEveryMs = 500;
/** A profile that comes later than this is of little use. */
const findTimeoutMs = 30_000;
/** What was begun so lately is not begun again: a layer is foreseen, then mounted. */
const begunAgainMs = 30_000;
/** Images that are not looked for again. */
const maxAsked = 256;

export function createProfiles(
  deps: ProfilesDeps,
  { settledMs = 10_000, longestMs = 5 * 60_000 }: ProfilesOptions = {},
): Profiles {
  const recordings = new Map<string, Recording>();
  const known = new Map<string, Promise<Profile | undefined>>();
  const finding = new Map<string, Promise<Profile | undefined>>();
  const begun = new WeakMap<OpenLayer, { readonly image: string; readonly at: number }>();
  const closing = new AbortController();
  let timer: NodeJS.Timeout | undefined;

  const save = async ({ image, reference, layers }: Recording) => {
    const ranges = [...layers].map(([digest, { index, reads }]) => [digest, rangesOfReads(index, reads)]);
    const recordedAt = new Date().toISOString();
    const start: Profile = { version: 1, image, reference, recordedAt, layers: Object.fromEntries(ranges) };
    const learned = addStart(await deps.store.load(image), start);
    if (!learned) return;
    await deps.store.save(learned);
    known.delete(image);
    deps.logger.info({ image, reference }, 'learned what a start of the image reads');
  };

  const isOver = (recording: Recording): boolean => {
    const now = performance.now();
    const count = [...recording.layers.values()].reduce((sum, { reads }) => sum + Atomics.load(reads, 0), 0);
    if (count !== recording.lastCount) {
      recording.lastCount = count;
      recording.changedAt = now;
    }
    if (count === 0) return false;
    recording.beganAt ??= now;
    return now - recording.changedAt >= settledMs || now - recording.beganAt >= longestMs;
  };

  const look = () => {
    for (const recording of recordings.values()) {
      if (!isOver(recording)) continue;
      recordings.delete(recording.image);
      save(recording).catch((err: unknown) => {
        deps.logger.warn({ err, image: recording.image }, 'a profile cannot be saved');
      });
    }
    if (recordings.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };

  const record = (image: string, { reference, layerDigest }: LayerSource, layer: OpenLayer) => {
    const now = performance.now();
    const recording = recordings.get(image) ?? {
      image,
      reference,
      layers: new Map(),
      beganAt: undefined,
      lastCount: 0,
      changedAt: now,
    };
    recordings.set(image, recording);
    recording.layers.set(layerDigest, layer);
    timer ??= setInterval(look, Math.min(lookEveryMs, settledMs)).unref();
  };

  /** What was read stays in the recording: the container may have ended before it was over. */
  const forgetUnread = (image: string, digest: string) => {
    const recording = recordings.get(image);
    const layer = recording?.layers.get(digest);
    if (!recording || !layer || Atomics.load(layer.reads, 0) > 0) return;
    recording.layers.delete(digest);
    if (recording.layers.size === 0) recordings.delete(image);
  };

  const load = (image: string): Promise<Profile | undefined> => {
    const loading = known.get(image) ?? deps.store.load(image);
    known.set(image, loading);
    // Long enough for all layers of an image.
    setTimeout(() => known.delete(image), 10_000).unref();
    return loading;
  };

  /** Once an image: its layers are mounted one after another. */
  const find = (image: string, { reference, manifestDigest }: LayerSource): Promise<Profile | undefined> => {
    const asked = finding.get(image);
    if (asked || !deps.artifacts || !manifestDigest) return asked ?? Promise.resolve(undefined);
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(findTimeoutMs)]);
    const asking = deps.artifacts
      .find({ reference, digest: manifestDigest }, { signal })
      .then(async ([found]) => {
        // What a start here has read meanwhile is better than what one elsewhere has.
        const own = await deps.store.load(image);
        if (own || !found) return own;
        await deps.store.save(found);
        known.delete(image);
        deps.logger.info({ image, reference }, 'found a profile of the image beside it');
        return found;
      });
    finding.set(image, asking);
    if (finding.size > maxAsked) finding.delete(finding.keys().next().value!);
    return asking;
  };

  const loadOrFind = async (image: string, source: LayerSource) =>
    (await load(image)) ?? (await find(image, source));

  const bring = (source: LayerSource, layer: OpenLayer, isLeft: () => boolean) => {
    const image = imageOf(source);
    const last = begun.get(layer);
    if (last?.image === image && performance.now() - last.at < begunAgainMs) return;
    begun.set(layer, { image, at: performance.now() });
    loadOrFind(image, source).then(
      (profile) => {
        const ranges = profile?.layers[source.layerDigest];
        if (ranges && !isLeft()) layer.bringRanges(ranges);
      },
      (err: unknown) => {
        if (!closing.signal.aborted) deps.logger.warn({ err, image }, 'a profile is not to be had');
      },
    );
  };

  return {
    isKnown: async (source) => (await load(imageOf(source))) !== undefined,
    foreseen: (source, layer) => bring(source, layer, () => false),
    mounted(source, layer) {
      const image = imageOf(source);
      let left = false;
      record(image, source, layer);
      bring(source, layer, () => left);
      return {
        [Symbol.dispose]() {
          left = true;
          forgetUnread(image, source.layerDigest);
        },
      };
    },
    [Symbol.dispose]() {
      closing.abort();
      clearInterval(timer);
      recordings.clear();
    },
  };
}

function imageOf({ manifestDigest, reference }: LayerSource): string {
  return manifestDigest ?? reference;
}
