import { describe, expect, it } from 'vitest';
import type { HintedLayer } from './hinted-layer.ts';
import { createRecentChunks } from './recent-chunks.ts';

const layer = { digest: 'sha256:1' } as HintedLayer;
const other = { digest: 'sha256:2' } as HintedLayer;

describe('createRecentChunks', () => {
  it('keeps the latest, by layer and chunk, within its bytes', () => {
    const recent = createRecentChunks(100);
    recent.add(layer, 1, Buffer.alloc(40, 1));
    recent.add(other, 1, Buffer.alloc(40, 2));
    expect(recent.get(layer, 1)?.[0]).toBe(1);
    expect(recent.get(other, 1)?.[0]).toBe(2);
    recent.add(layer, 2, Buffer.alloc(30, 3));
    expect(recent.get(layer, 1)).toBeUndefined();
    expect(recent.get(other, 1)).toBeDefined();
  });

  it('counts a chunk that comes again once, and keeps none that is larger than all', () => {
    const recent = createRecentChunks(100);
    for (let time = 0; time < 10; time++) recent.add(layer, 1, Buffer.alloc(60));
    recent.add(layer, 2, Buffer.alloc(40));
    expect(recent.get(layer, 1)).toBeDefined();
    recent.add(layer, 3, Buffer.alloc(101));
    expect([1, 2, 3].map((chunk) => recent.get(layer, chunk))).toEqual([undefined, undefined, undefined]);
  });
});
