import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createLogRecorder } from '@sluice/testkit/core';
import { describe, expect, it } from 'vitest';
import { stormContent, stormContents } from '../../test/storm-contents.ts';
import { makeTemporaryDirectory } from '../../test/test-layer.ts';
import { createContentStore } from './create-content-store.ts';

const KILLS = Number(process.env['SLUICE_CONTENT_KILLS'] ?? 4);
const writer = join(import.meta.dirname, '..', '..', 'test', 'storm-writer.ts');
const contents = Array.from({ length: stormContents }, (_, seed) => stormContent(seed));
const byName = new Map(contents.map((content) => [Buffer.from(content.shape.name).toString('hex'), content]));

/** Lets the writer work, and kills it in the middle. */
async function writeAndKill(directory: string): Promise<void> {
  const args = ['--conditions=source', '--disable-warning=ExperimentalWarning', writer, directory];
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', process.execPath, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  try {
    await once(child.stdout, 'data');
    await delay(100 + Math.random() * 400);
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}

describe('a content store whose process is killed while it writes, completes and evicts', () => {
  it(`has only right bytes under final names, and trusts no others, after each of ${KILLS} kills`, {
    timeout: 60_000 + KILLS * 20_000,
  }, async () => {
    await using directory = await makeTemporaryDirectory();
    const seen = { complete: 0, partial: 0 };
    for (let kill = 0; kill < KILLS; kill++) {
      await writeAndKill(directory.path);
      const names = await readdir(directory.path, { recursive: true });
      for (const name of names.filter((path) => path.includes('/'))) {
        const content = byName.get(name.slice(3, 67));
        if (name.endsWith('.partial')) {
          seen.partial++;
          continue;
        }
        seen.complete++;
        // Not a matcher: it would print both.
        expect((await readFile(join(directory.path, name))).equals(content!.bytes)).toBe(true);
      }
      await using store = createContentStore({ logger: createLogRecorder() }, { directory: directory.path });
      for (const { shape } of contents) {
        await using opened = await store.open(shape);
        const trusted = Array.from({ length: shape.chunkCount }, (_, chunk) => opened.verified(chunk));
        expect(trusted).toEqual(trusted.map(() => opened.complete));
      }
    }
    expect(seen.complete).toBeGreaterThan(0);
    expect(seen.partial).toBeGreaterThan(0);
  });
});
