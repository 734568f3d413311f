import { execFile } from 'node:child_process';
import { closeSync, ftruncateSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { contentPath } from '../content-path.ts';
import { dir, file, numberedBytes } from './nodes.ts';
import type { SuiteContext } from './suite-context.ts';

const run = promisify(execFile);
const MIB = 1 << 20;

export function readCases(context: SuiteContext): void {
  const { at } = context;
  const readFileOf = async (...path: string[]) =>
    Buffer.from(await context.client.call('readFile', at(...path)));

  describe('reads', () => {
    it('give what a fill brings, and ask for no chunk twice', async () => {
      const bytes = numberedBytes(3 * MIB + 17);
      const { filler } = await context.serve(
        dir({ big: file(bytes, { chunkOffsets: [0, MIB, 2 * MIB] }), empty: file('') }),
      );
      expect((await readFileOf('big')).equals(bytes)).toBe(true);
      const calls = filler.calls.length;
      const again = await context.client.call('readFileAnew', at('big'));
      expect(Buffer.from(again).equals(bytes)).toBe(true);
      expect(filler.calls.length).toBe(calls);
      expect(await readFileOf('empty')).toHaveLength(0);
    });

    it('give complete contents without asking for them', async () => {
      const { filler } = await context.serve(dir({ f: file('already here') }), {
        prepare: (built) => writeFileSync(contentPath(built, 0), 'already here'),
      });
      expect((await readFileOf('f')).toString()).toBe('already here');
      expect(filler.calls).toEqual([]);
    });

    it('end where the file ends, wherever they begin', async () => {
      const bytes = numberedBytes(10_000);
      await context.serve(dir({ f: file(bytes, { chunkOffsets: [0, 5000] }) }));
      const fd = await context.client.call('open', at('f'));
      for (const [offset, length] of [
        [0, 1],
        [4999, 2],
        [9_999, 50],
        [10_000, 10],
        [50_000, 10],
      ] as const) {
        const got = Buffer.from(await context.client.call('read', fd, offset, length));
        expect(got).toEqual(bytes.subarray(offset, offset + length));
      }
      await context.client.call('close', fd);
    });

    it('reach beyond 4 GiB in sparse files', async () => {
      const sizeBytes = 5 * 2 ** 30;
      const marks = [0, 2 ** 31 - 4, 2 ** 32 - 4, 2 ** 32, sizeBytes - 8];
      await context.serve(dir({ huge: file('', { sizeBytes }) }), {
        prepare(built) {
          const fd = openSync(contentPath(built, 0), 'w');
          ftruncateSync(fd, sizeBytes);
          for (const mark of marks) writeSync(fd, Buffer.from(`@${mark}`.slice(0, 8)), 0, undefined, mark);
          closeSync(fd);
        },
      });
      expect((await context.client.call('lstat', at('huge'))).size).toBe(BigInt(sizeBytes));
      const fd = await context.client.call('open', at('huge'));
      const read = async (offset: number) =>
        Buffer.from(await context.client.call('read', fd, offset, 8)).toString('latin1');
      expect(await read(2 ** 31 - 4)).toBe('@2147483');
      expect(await read(2 ** 32 - 4)).toBe('@429@429');
      expect(await read(sizeBytes - 8)).toBe('@5368709');
      expect(await read(3 * 2 ** 30)).toBe('\0'.repeat(8));
      await context.client.call('close', fd);
    });

    it('of many readers at one time all get their own bytes', async () => {
      const bytes = numberedBytes(8 * MIB);
      const chunkOffsets = Array.from({ length: 64 }, (_, i) => i * (MIB / 8));
      const { filler } = await context.serve(
        dir({ f: file(bytes, { chunkOffsets }), g: file(bytes.subarray(4)) }),
      );
      filler.before = () => new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
      const fds = await Promise.all(
        ['f', 'g', 'f', 'g'].map((name) => context.client.call('open', at(name))),
      );
      const wrong: string[] = [];
      const readOnce = async (round: number) => {
        const which = round % fds.length;
        const offset = Math.floor(Math.random() * (bytes.length - 70_000));
        const got = Buffer.from(await context.client.call('read', fds[which]!, offset, 66_000));
        const begin = offset + (which % 2 === 1 ? 4 : 0);
        if (!got.equals(bytes.subarray(begin, begin + 66_000))) wrong.push(`${which} at ${offset}`);
      };
      await Promise.all(Array.from({ length: 200 }, (_, round) => readOnce(round)));
      await Promise.all(fds.map((fd) => context.client.call('close', fd)));
      expect(wrong).toEqual([]);
    });

    context.it('kernel', 'go through mappings', async () => {
      const bytes = numberedBytes(64 * 1024 + 100);
      await context.serve(dir({ f: file(bytes, { chunkOffsets: [0, 40_000] }) }));
      const mapped = await context.client.call('readMapped', at('f'), 32_768, 32_868);
      expect(Buffer.from(mapped).equals(bytes.subarray(32_768))).toBe(true);
    });

    context.it('kernel', 'let programs run, with their set-uid bit in force', async () => {
      await context.serve(dir({ id: file(await readFile('/usr/bin/id'), { mode: 0o4755 }) }));
      // Started through setpriv, not directly: the thread that spawns waits for exec, and the fill for the thread.
      const { stdout } = await run('setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups', at('id')]);
      expect(stdout).toMatch(/^uid=65534.*euid=0/);
    });
  });
}
