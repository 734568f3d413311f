import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dir, file, numberedBytes } from './nodes.ts';
import type { SuiteContext } from './suite-context.ts';

const CHUNK = 4 << 20;

export function waitingCases(context: SuiteContext): void {
  const { at } = context;
  const readText = async (...path: string[]) =>
    Buffer.from(await context.client.call('readFile', at(...path))).toString();

  describe('a read that waits for bytes', () => {
    it('gets EIO when its fill fails, alone, and the bytes when a later fill succeeds', async () => {
      const bytes = numberedBytes(2 * CHUNK);
      const { filler } = await context.serve(
        dir({
          f: file('worth waiting for'),
          g: file('fine'),
          parts: file(bytes, { chunkOffsets: [0, CHUNK] }),
        }),
      );
      await readText('g');
      const fd = await context.client.call('open', at('parts'));
      await context.client.call('read', fd, 0, 4096);
      filler.before = async () => {
        throw new Error('the registry is gone');
      };
      await expect(readText('f')).rejects.toMatchObject({ code: 'EIO' });
      const failing = context.client.call('read', fd, 2 * CHUNK - 4096, 4096);
      await expect(failing).rejects.toMatchObject({ code: 'EIO' });
      expect(await readText('g')).toBe('fine');
      expect(
        Buffer.from(await context.client.call('read', fd, 8192, 8)).equals(bytes.subarray(8192, 8200)),
      ).toBe(true);
      filler.before = async () => {};
      expect(await readText('f')).toBe('worth waiting for');
      const last = await context.client.call('read', fd, 2 * CHUNK - 4, 4);
      expect(Buffer.from(last).equals(bytes.subarray(-4))).toBe(true);
      await context.client.call('close', fd);
    });

    it('gets EIO when a fill says that it succeeded and brought nothing', async () => {
      const { mount } = await context.serve(dir({ f: file('x') }), { fill: async () => {} });
      await expect(readText('f')).rejects.toMatchObject({ code: 'EIO' });
      expect(mount.stats().misses).toBeGreaterThan(0);
    });

    it('is answered by what a fill returns, which is kept for no other', async () => {
      const bytes = numberedBytes(3 * 1000 * 1000);
      const asked: number[] = [];
      const { mount } = await context.serve(dir({ f: file(bytes) }), {
        async fill(_content, offset, length) {
          asked.push(offset);
          return bytes.subarray(offset, offset + length);
        },
      });
      const fd = await context.client.call('open', at('f'), constants.O_RDONLY);
      const middle = await context.client.call('read', fd, 1_234_567, 100_000);
      expect(Buffer.from(middle).equals(bytes.subarray(1_234_567, 1_334_567))).toBe(true);
      await context.client.call('close', fd);
      const whole = Buffer.from(await context.client.call('readFile', at('f')));
      expect(whole.equals(bytes)).toBe(true);
      expect(mount.stats().misses).toBe(asked.length);
      expect(new Set(asked).size).toBeGreaterThan(1);
    });

    it('is filled once more where what was brought is gone at once, with a word that says so', async () => {
      const told: (boolean | undefined)[] = [];
      const text = 'gone before it is read';
      await context.serve(dir({ f: file(text) }), {
        async fill(_content, offset, length, { again }) {
          told.push(again);
          return again ? Buffer.from(text).subarray(offset, offset + length) : undefined;
        },
      });
      expect(await readText('f')).toBe(text);
      expect(told).toEqual([false, true]);
    });

    it('does not keep its process from being killed', async () => {
      const { filler } = await context.serve(dir({ f: file('never'), g: file('fine') }));
      const asked = Promise.withResolvers<void>();
      const release = Promise.withResolvers<void>();
      filler.before = () => {
        asked.resolve();
        return release.promise;
      };
      using reader = context.createClient();
      const reading = expect(reader.call('readFile', at('f'))).rejects.toThrow('has ended');
      await asked.promise;
      await reader.kill();
      await reading;
      release.resolve();
      filler.before = async () => {};
      expect(await readText('g')).toBe('fine');
    });

    context.it('interrupt', 'aborts its fill when it is interrupted, where the kernel says so', async () => {
      const { filler } = await context.serve(dir({ f: file('never') }));
      const asked = Promise.withResolvers<AbortSignal>();
      filler.before = (signal) => {
        asked.resolve(signal);
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      };
      // Reads through the page cache are the kernel's own, and outlive the process; direct ones do not.
      using reader = context.createClient();
      const fd = await reader.call('open', at('f'), constants.O_RDONLY | constants.O_DIRECT);
      const reading = expect(reader.call('read', fd, 0, 4096)).rejects.toThrow('has ended');
      const signal = await asked.promise;
      const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      await reader.interrupt();
      await aborted;
      await reading;
      filler.before = async () => {};
      expect(await readText('f')).toBe('never');
    });

    it('holds up nobody else', async () => {
      const { filler } = await context.serve(
        dir({ slow: file('slow'), quick: file('quick'), sub: dir({ d: dir({}) }) }),
      );
      await readText('quick');
      const release = Promise.withResolvers<void>();
      filler.before = () => release.promise;
      const fd = await context.client.call('open', at('slow'));
      const slow = context.client.call('read', fd, 0, 10);
      expect(await readText('quick')).toBe('quick');
      expect(await context.client.call('readdir', at('sub'))).toHaveLength(1);
      release.resolve();
      expect(Buffer.from(await slow).toString()).toBe('slow');
      await context.client.call('close', fd);
    });
  });

  context.it('busy-main-thread', 'a busy main thread stalls neither metadata nor local reads', async () => {
    await context.serve(dir({ f: file('local'), sub: dir({ g: file('x') }) }));
    await readText('f');
    const end = join(context.base, 'end');
    const round = `stat ${at('sub', 'g')} ${at('nothing')}; cat ${at('f')}; ls -lR ${context.mountpoint}`;
    const child = spawn('sh', ['-c', `for i in 1 2 3 4 5; do ${round}; done; date +%s%N > ${end}`], {
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const busyUntil = Date.now() + 3000;
    while (Date.now() < busyUntil);
    await ended;
    const endMs = Number(BigInt((await readFile(end, 'utf8')).trim()) / 1_000_000n);
    expect(endMs).toBeLessThan(busyUntil);
  });
}
