import type { Logger } from '@sluice/snapshotter-core';
import type { LayerSource } from '../labels/layer-source.ts';
import type { OpenLayer } from '../layers/open-layer.ts';
import type { Profile } from './profile.ts';
import type { ProfileFiles } from './profile-files.ts';
import { rangesOfReads } from './read-ranges.ts';

/** Learns what containers of an image read while they start, and fetches that for the next one, before it asks. */
export interface Profiles extends Disposable {
  /** Says that a layer was mounted for an image that is about to be started, until the result is disposed. */
  mounted(source: LayerSource, layer: OpenLayer): Disposable;
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

export function createProfiles(
  deps: { readonly files: ProfileFiles; readonly logger: Logger },
  { settledMs = 10_000, longestMs = 5 * 60_000 }: ProfilesOptions = {},
): Profiles {
  const recordings = new Map<string, Recording>();
  const known = new Map<string, Promise<Profile | undefined>>();
  let timer: NodeJS.Timeout | undefined;

  const save = async ({ image, reference, layers }: Recording) => {
    const ranges = [...layers].map(([digest, { index, reads }]) => [digest, rangesOfReads(index, reads)]);
    const recordedAt = new Date().toISOString();
    await deps.files.save({ version: 1, image, reference, recordedAt, layers: Object.fromEntries(ranges) });
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
    const loading = known.get(image) ?? deps.files.load(image);
    known.set(image, loading);
    // Long enough for all layers of an image.
    setTimeout(() => known.delete(image), 10_000).unref();
    return loading;
  };

  return {
    mounted(source, layer) {
      const image = source.manifestDigest ?? source.reference;
      let left = false;
      load(image).then(
        (profile) => {
          if (left) return;
          const ranges = profile?.layers[source.layerDigest];
          if (!profile) record(image, source, layer);
          else if (ranges) layer.bringRanges(ranges);
        },
        (err: unknown) => deps.logger.warn({ err, image }, 'a profile cannot be read'),
      );
      return {
        [Symbol.dispose]() {
          left = true;
          forgetUnread(image, source.layerDigest);
        },
      };
    },
    [Symbol.dispose]() {
      clearInterval(timer);
      recordings.clear();
    },
  };
}
