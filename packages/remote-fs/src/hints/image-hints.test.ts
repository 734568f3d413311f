import { describe, expect, it } from 'vitest';
import { makeHintedLayer } from '../../test/hints/make-hinted-layer.ts';
import { eventually } from '../../test/test-layer.ts';
import { createImageHints } from './image-hints.ts';

const logger = { debug() {}, info() {}, warn() {}, error() {} };
const files = { 'a/main.js': 'util', 'a/util.js': '// one', 'a/second.js': 'third', 'a/third.js': '// two' };

describe('createImageHints', () => {
  it('fetches what files name from the first read on, until the start is over', async () => {
    const made = await makeHintedLayer(files);
    using hints = createImageHints({ logger }, { words: true, settledMs: 30 });
    using _mounted = hints.mounted('image', made.layer);
    made.read('a/main.js');
    await eventually(() => made.brought.includes('a/util.js'));
    await eventually(() => made.watchers() === 0);
    made.read('a/second.js');
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(made.brought).toEqual(['a/util.js']);
  });

  it('sees reads that nobody had to wait for', async () => {
    const made = await makeHintedLayer(files);
    using hints = createImageHints({ logger }, { words: true });
    using _mounted = hints.mounted('image', made.layer);
    made.read('a/main.js');
    await eventually(() => made.brought.includes('a/util.js'));
    const chunk = made.layer.index.contents.chunkStart[made.contentOf('a/second.js')]!;
    await made.layer.bring([chunk]);
    made.layer.reads[1 + chunk] = ++made.layer.reads[0]!;
    await eventually(() => made.brought.includes('a/third.js'));
  });

  it('ends with the last layer of an image, or with all', async () => {
    const made = await makeHintedLayer(files);
    using hints = createImageHints({ logger }, { words: true });
    hints.mounted('image', made.layer)[Symbol.dispose]();
    expect(made.watchers()).toBe(0);
    made.read('a/main.js');
    hints.mounted('image', made.layer);
    hints[Symbol.dispose]();
    expect(made.watchers()).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(made.brought).toEqual([]);
  });
});
