import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { manyFiles, type ReadReport, type ReadTask } from './many-files.ts';

/*
 * A process that uses a container's root file system in many ways until it is told to stop, and then says what it has
 * read and what went wrong. A process of its own, for its reads wait while nobody serves them.
 */

const { rootfs, bigSha256, bigBytes }: ReadTask = JSON.parse(process.argv[2] ?? '');
const report: ReadReport = { smallFiles: 0, bigReads: 0, walks: 0, execs: 0, longestMs: 0, wrong: [] };
let isStopping = false;
process.once('message', () => {
  isStopping = true;
});
process.send?.('reading');
await Promise.all([readSmallFiles(), readBigFile(), walk(), execute()]);
process.send?.(report, undefined, undefined, () => process.disconnect());

/** The first round finds them cold; it is slow enough to last for some restarts. */
async function readSmallFiles(): Promise<void> {
  while (!isStopping) {
    for (const { name, content } of manyFiles()) {
      if (isStopping) return;
      await attempt(`read ${name}`, async () => {
        const startMs = performance.now();
        const text = await readFile(join(rootfs, name), 'utf8');
        report.longestMs = Math.max(report.longestMs, Math.round(performance.now() - startMs));
        if (text !== content) throw new Error(`${name} has other bytes`);
        report.smallFiles++;
      });
      await delay(2);
    }
  }
}

async function readBigFile(): Promise<void> {
  while (!isStopping) {
    await attempt('read the big file', async () => {
      await using file = await open(join(rootfs, 'big'));
      const hash = createHash('sha256');
      const piece = Buffer.alloc(100_000);
      for (let at = 0; at < bigBytes; ) {
        const { bytesRead } = await file.read(piece, 0, piece.length, at);
        if (bytesRead === 0) throw new Error(`the big file ends at ${at}`);
        hash.update(piece.subarray(0, bytesRead));
        at += bytesRead;
        await delay(1);
      }
      if (hash.digest('hex') !== bigSha256) throw new Error('the big file has other bytes');
      report.bigReads++;
    });
  }
}

async function walk(): Promise<void> {
  while (!isStopping) {
    await attempt('walk', async () => {
      const names = await readdir(rootfs, { recursive: true });
      if (names.length < manyFiles().length) throw new Error(`a walk found ${names.length} names`);
      report.walks++;
    });
    await delay(50);
  }
}

async function execute(): Promise<void> {
  while (!isStopping) {
    await attempt('execute', async () => {
      const { status, error } = spawnSync(join(rootfs, 'bin/true'), { timeout: 60_000 });
      if (status !== 0) throw new Error(`a program ended with ${status} (${error?.message})`);
      report.execs++;
    });
    await delay(100);
  }
}

async function attempt(what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    report.wrong.push(`${what}: ${error instanceof Error ? error.message : error}`);
  }
}
