import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import { afterAll, describe, expect, it } from 'vitest';
import { mapFile, mappingOf, releasePages } from './map-file.ts';

const source = new URL('./map-file.ts', import.meta.url).href;
const directory = mkdtempSync(join(tmpdir(), 'sluice-map-'));
afterAll(() => rmSync(directory, { recursive: true }));

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const sizeBytes = 4 * 1024 * 1024;

function mapped(name: string): { path: string; buffer: ArrayBuffer } {
  const path = join(directory, name);
  writeFileSync(path, Buffer.alloc(sizeBytes, name));
  const fd = openSync(path, 'r');
  try {
    return { path, buffer: mapFile(fd, sizeBytes) };
  } finally {
    closeSync(fd);
  }
}

/** Bytes of a mapped file that are in this process's memory; undefined if it is not mapped. */
function residentBytes(path: string): number | undefined {
  const entries = readFileSync('/proc/self/smaps', 'utf8').split(/^(?=[0-9a-f]+-)/m);
  const entry = entries.find((text) => text.split('\n')[0]!.includes(path));
  return entry === undefined ? undefined : Number(/^Rss: +(\d+) kB/m.exec(entry)?.[1]) * 1024;
}

describe('mapFile', () => {
  it('has the bytes of the file, also of one that was removed since', () => {
    const { path, buffer } = mapped('removed');
    unlinkSync(path);
    expect(Buffer.from(buffer).equals(Buffer.alloc(sizeBytes, 'removed'))).toBe(true);
  });

  it('brings pages in as they are looked at, and gives them back', () => {
    const { path, buffer } = mapped('lazy');
    expect(residentBytes(path)).toBe(0);
    const sum = () => new Uint8Array(buffer).reduce((total, byte) => total + byte, 0);
    const before = sum();
    expect(residentBytes(path)).toBe(sizeBytes);
    releasePages(buffer);
    expect(residentBytes(path)).toBe(0);
    expect(sum()).toBe(before);
  });

  it('is unmapped once nothing refers to it', async () => {
    const path = join(directory, 'collected');
    let view: Uint8Array | undefined = new Uint8Array(mapped('collected').buffer, 16, 8);
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(Buffer.from(view).toString()).toBe('edcollec');
    view = undefined;
    for (let round = 0; round < 100 && residentBytes(path) !== undefined; round++) {
      collectGarbage();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(residentBytes(path)).toBeUndefined();
  });

  it('can be looked at by another thread', async () => {
    const { buffer } = mapped('shared');
    const code = `
      const { parentPort, workerData } = require('node:worker_threads');
      import(${JSON.stringify(source)}).then(({ viewMapping }) =>
        parentPort.postMessage(Buffer.from(viewMapping(workerData), ${sizeBytes - 6}).toString()));`;
    const worker = new Worker(code, {
      eval: true,
      execArgv: ['--conditions=source'],
      workerData: mappingOf(buffer),
    });
    const exited = once(worker, 'exit');
    const [text] = await once(worker, 'message');
    expect(text).toBe(Buffer.alloc(sizeBytes, 'shared').toString('utf8', sizeBytes - 6));
    await exited;
    expect(new Uint8Array(buffer)[0]).toBe('s'.charCodeAt(0));
  });

  it('says why a file cannot be mapped', () => {
    expect(() => mapFile(-1, 4096)).toThrow(/mmap descriptor -1: EBADF/);
  });

  it('is known from other buffers, of which no pages are released', () => {
    const other = new ArrayBuffer(8);
    expect(mappingOf(other)).toBeUndefined();
    releasePages(other);
  });
});
