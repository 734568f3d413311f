import { createContentStore } from '../src/content-store/create-content-store.ts';
import { stormBoundBytes, stormContent, stormContents } from './storm-contents.ts';

// Writes contents into a bounded store, in no order, several at a time, until it is killed.
const directory = process.argv[2]!;
const quiet = () => {};
const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };
const store = createContentStore({ logger }, { directory, bounds: { maxSizeBytes: stormBoundBytes } });
const contents = Array.from({ length: stormContents }, (_, seed) => stormContent(seed));

async function write(): Promise<void> {
  const { shape, bytes, chunkBytes } = contents[Math.floor(Math.random() * stormContents)]!;
  await using content = await store.open(shape);
  if (content.complete) return;
  for (let chunk = 0; chunk < shape.chunkCount; chunk++) {
    // Some are left half done.
    if (Math.random() < 0.1) return;
    const at = chunk * chunkBytes;
    if (!content.verified(chunk)) await content.write(chunk, at, bytes.subarray(at, at + chunkBytes));
  }
}

async function writeOn(): Promise<never> {
  for (;;) {
    await write();
    if (Math.random() < 0.02) await store.trim();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

process.stdout.write('writing\n');
await Promise.all([writeOn(), writeOn(), writeOn(), writeOn()]);
