import { createLogRecorder } from '@sluice/testkit/core';
import { describe, expect, it } from 'vitest';
import { eventually } from '../../test/test-layer.ts';
import { createBackgroundFetch } from './background-fetch.ts';
import { createFetchScheduler } from './create-fetch-scheduler.ts';
import type { LayerFetcher } from './layer-fetcher.ts';

/** A fetcher that notes what it is asked to bring, and brings it when told. */
function recorder(bring: LayerFetcher['bring'] = async () => ({ failed: 0 })) {
  const brought: number[] = [];
  const fetcher: LayerFetcher = {
    order: { chunkAt: (position) => position, positionOf: (chunk) => chunk, firstFrom: () => 0 },
    fill: async () => {},
    bring(chunks, priority, options) {
      expect(priority).toBe('background');
      brought.push(...chunks);
      return bring(chunks, priority, options);
    },
    [Symbol.dispose]() {},
  };
  return { brought, layer: { digest: 'sha256:1', chunkCount: 3000, fetcher } };
}

function setUp(hasRoom = () => true) {
  const scheduler = createFetchScheduler({ quietMs: 30 });
  const background = createBackgroundFetch({ scheduler, logger: createLogRecorder(), hasRoom });
  return { scheduler, background };
}

describe('createBackgroundFetch', () => {
  it('brings all of every layer', async () => {
    const { background } = setUp();
    using _ = background;
    const [one, other] = [recorder(), recorder()];
    background.add(one.layer);
    background.add(other.layer);
    await eventually(() => other.brought.length === 3000);
    expect(one.brought).toEqual([...Array(3000).keys()]);
  });

  it('waits while readers wait', async () => {
    const { scheduler, background } = setUp();
    using _ = background;
    const reader = scheduler.readerWaits();
    const { brought, layer } = recorder();
    background.add(layer);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(brought).toEqual([]);
    reader[Symbol.dispose]();
    await eventually(() => brought.length === 3000);
  });

  it('leaves a layer that is taken out', async () => {
    const { background } = setUp();
    using _ = background;
    const aborted = Promise.withResolvers<void>();
    const first = recorder(
      (_chunks, _priority, options) =>
        new Promise((_, reject) => {
          options!.signal!.addEventListener('abort', () => {
            aborted.resolve();
            reject(options!.signal!.reason);
          });
        }),
    );
    const membership = background.add(first.layer);
    const second = recorder();
    background.add(second.layer);
    await eventually(() => first.brought.length > 0);
    membership[Symbol.dispose]();
    await aborted.promise;
    await eventually(() => second.brought.length === 3000);
    expect(first.brought.length).toBeLessThan(3000);
  });

  it('goes on with the next layer where one cannot be had', async () => {
    const { background } = setUp();
    using _ = background;
    const gone = recorder(async (chunks) => ({ failed: chunks.length }));
    const next = recorder();
    background.add(gone.layer);
    background.add(next.layer);
    await eventually(() => next.brought.length === 3000);
    expect(gone.brought).toHaveLength(3000);
  });

  it('brings nothing where the disk has no room', async () => {
    const { background } = setUp(() => false);
    using _ = background;
    const { brought, layer } = recorder();
    background.add(layer);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(brought).toEqual([]);
  });
});
