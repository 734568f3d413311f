import { NotLazyError, type Snapshotter, TARGET_LABEL } from '@sluice/snapshotter-core';
import type { Intercept } from '@sluice/testkit/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordings } from './recording.ts';
import { replayCall } from './replay-call.ts';
import { type Served, serve } from './serve.ts';

/** A snapshotter that holds nothing, and what it is put on. */
export interface RecordedFixture extends AsyncDisposable {
  readonly snapshotter: Snapshotter;
  /** Where something is mounted. */
  readonly mounted: ReadonlySet<string>;
  /** How many directories there are, of whatever kind. */
  countDirs(): Promise<number>;
}

/**
 * Replays what real containerds said, over a real socket: plain pulls, pulls with the labels of CRI and of
 * ctr-remote, containers, restarts, removals.
 *
 * @param createFixture makes a snapshotter with a file system that runs the given function before its calls
 */
export function recordedSuite(
  on: string,
  createFixture: (onFileSystem: Intercept) => Promise<RecordedFixture>,
): void {
  describe.each(recordings)(`containerd $containerd, as recorded, ${on}`, ({ operations }) => {
    let served: Served;
    let fixture: RecordedFixture;
    let isLazy = true;

    beforeAll(async () => {
      fixture = await createFixture((operation) => {
        if (operation !== 'fs.mount' || isLazy) return;
        throw new NotLazyError('unsupported-format', 'the recorder had no such layer');
      });
      served = await serve(fixture.snapshotter);
    });
    afterAll(async () => {
      await served[Symbol.asyncDispose]();
      await fixture[Symbol.asyncDispose]();
    });

    it.each(operations)('$operation', async ({ calls }) => {
      for (const call of calls) {
        // The recorder knew some layers and not others.
        isLazy = call.error?.code === 'ALREADY_EXISTS';
        await replayCall(served.client, call);
      }
      expect(served.calls.filter(({ code }) => code !== 'OK' && code !== 'ALREADY_EXISTS')).toEqual([]);
    });

    it('asks for lazy layers in each of the ways that its clients have', () => {
      const asked = operations.flatMap(({ operation, calls }) => {
        const isAsked = calls.some(({ request }) => request.labels?.[TARGET_LABEL]);
        return isAsked ? [operation] : [];
      });
      expect(asked).toEqual(expect.arrayContaining(['ctr-remote rpull', 'CRI']));
    });

    it('leaves nothing behind, once it has removed all', async () => {
      expect(await served.client.list([])).toEqual([]);
      expect([...fixture.mounted]).toEqual([]);
      expect(await fixture.countDirs()).toBe(0);
    });
  });
}
