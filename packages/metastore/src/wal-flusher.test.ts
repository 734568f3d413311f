import { fdatasync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WalFlusher } from './wal-flusher.ts';

const flushFile = promisify(fdatasync);

describe('WalFlusher', () => {
  let dir: string;
  let flusher: WalFlusher;
  let disk: { flushes: number; failure: Error | undefined };
  const open = () =>
    new WalFlusher(join(dir, 'wal'), async (file) => {
      disk.flushes++;
      await flushFile(file);
      if (disk.failure) throw disk.failure;
    });

  beforeEach(() => {
    disk = { flushes: 0, failure: undefined };
    dir = mkdtempSync(join(tmpdir(), 'sluice-wal-'));
    writeFileSync(join(dir, 'wal'), 'log');
    flusher = open();
  });
  afterEach(() => {
    flusher.close();
    rmSync(dir, { recursive: true });
  });

  test('flushes once for all that ask in the same turn', async () => {
    await Promise.all(Array.from({ length: 100 }, () => flusher.flush()));
    expect(disk.flushes).toBe(1);
  });

  test('flushes once more for all that ask while a flush is under way, and not before it has ended', async () => {
    const order: string[] = [];
    const first = flusher.flush().then(() => order.push('first'));
    await Promise.resolve();
    await Promise.resolve();
    expect(disk.flushes).toBe(1);
    const later = Array.from({ length: 10 }, () => flusher.flush().then(() => order.push('later')));
    await Promise.all([first, ...later]);
    expect(disk.flushes).toBe(2);
    expect(order[0]).toBe('first');
  });

  test('flushes again for each that asks later', async () => {
    for (let i = 0; i < 3; i++) await flusher.flush();
    expect(disk.flushes).toBe(3);
  });

  test('fails for good once the disk has failed', async () => {
    disk.failure = new Error('EIO');
    await expect(flusher.flush()).rejects.toMatchObject({ code: 'IO', cause: disk.failure });
    disk.failure = undefined;
    await expect(flusher.flush()).rejects.toMatchObject({ code: 'IO' });
    expect(() => flusher.refuseAfterFailure()).toThrow(expect.objectContaining({ code: 'IO' }));
    expect(disk.flushes).toBe(1);
  });

  test('serves those who wait when it is closed', async () => {
    const flushes = [flusher.flush(), flusher.flush()];
    flusher.close();
    await expect(Promise.all(flushes)).resolves.toHaveLength(2);
    flusher = open();
  });
});
