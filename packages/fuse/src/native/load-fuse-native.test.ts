import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';

it('refuses to load the library on another thread, where it would crash', async () => {
  const module = JSON.stringify(new URL('./load-fuse-native.ts', import.meta.url).href);
  const script = `
    const { parentPort } = require('node:worker_threads');
    import(${module})
      .then(({ loadFuseNative }) => loadFuseNative())
      .then(() => parentPort.postMessage('loaded'), ({ code, message }) => parentPort.postMessage({ code, message }));`;
  const worker = new Worker(script, { eval: true, execArgv: ['--conditions=source'] });
  const answer = await new Promise((resolve, reject) =>
    worker.once('message', resolve).once('error', reject),
  );
  await worker.terminate();
  expect(answer).toMatchObject({
    code: 'DRIVER_UNAVAILABLE',
    message: expect.stringContaining('main thread'),
  });
});
