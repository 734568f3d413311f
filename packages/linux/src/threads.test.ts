import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { Errno } from './errno.ts';
import { createEventFd } from './event-fd.ts';
import { rawRead } from './raw-io.ts';

const here = (file: string) => JSON.stringify(new URL(file, import.meta.url).href);

/** Runs calls that fail with one errno, while other threads run calls that fail with another. */
const script = `
  const { parentPort, workerData } = require('node:worker_threads');
  (async () => {
    const linux = await import(${here('./index.ts')});
    const seen = new Set();
    for (let i = 0; i < 20_000; i += 1) seen.add(linux.rawRead(workerData, new Uint8Array(8), 0, 8));
    const warnings = [];
    process.on('warning', (warning) => warnings.push(warning.message));
    using epoll = linux.createEpoll();
    linux.createEpoll().close();
    linux.createEventFd().close();
    linux.listXattrs('/');
    parentPort.postMessage([[...seen], linux.listMounts().length > 0, epoll.wait(20).length, warnings]);
  })();`;

async function runWorker(fd: number): Promise<unknown> {
  const worker = new Worker(script, { eval: true, workerData: fd, execArgv: ['--conditions=source'] });
  const [message] = await once(worker, 'message');
  await worker.terminate();
  return message;
}

describe('the package in several threads at once', () => {
  it('works, and each thread sees the errors of its own calls only', async () => {
    using bell = createEventFd();
    const workers = Promise.all([runWorker(bell.fd), runWorker(-1), runWorker(bell.fd)]);
    for (let i = 0; i < 20_000; i += 1) {
      if (rawRead(-1, new Uint8Array(8), 0, 8) !== -Errno.EBADF) throw new Error('errno of another thread');
    }
    expect(await workers).toEqual([
      [[-Errno.EAGAIN], true, 0, []],
      [[-Errno.EBADF], true, 0, []],
      [[-Errno.EAGAIN], true, 0, []],
    ]);
  });

  it('can be loaded again after a thread that had loaded it is gone', async () => {
    expect(await runWorker(-1)).toEqual(await runWorker(-1));
  });
});
