import { createLogRecorder } from '@sluice/testkit/core';
import { describe, expect, it } from 'vitest';
import { eventually, makeTemporaryDirectory } from '../../test/test-layer.ts';
import { type Completion, createCompletionQueue } from './completion-queue.ts';

async function setUp() {
  const directory = await makeTemporaryDirectory();
  const logger = createLogRecorder();
  const done: string[] = [];
  const completion = (name: string): Completion => ({
    begin: () => true,
    sync: async () => void done.push(`sync ${name}`),
    finish: async () => void done.push(`finish ${name}`),
    failed: () => void done.push(`failed ${name}`),
  });
  return { directory, logger, done, completion };
}

describe('createCompletionQueue', () => {
  it('synchronises a file before it gets its name', async () => {
    const { directory, logger, done, completion } = await setUp();
    await using _ = directory;
    const queue = createCompletionQueue({ logger }, { directory: directory.path });
    queue.add(completion('a'));
    queue.add(completion('b'));
    await queue.drain(5000);
    expect(done).toEqual(['sync a', 'finish a', 'sync b', 'finish b']);
  });

  it('waits until it is quiet, and then synchronises many files at once', async () => {
    const { directory, logger, done, completion } = await setUp();
    await using _ = directory;
    const quiet = Promise.withResolvers<void>();
    const whenQuiet = () => quiet.promise;
    const queue = createCompletionQueue({ logger }, { directory: directory.path, whenQuiet });
    for (let i = 0; i < 100; i++) queue.add(completion(`${i}`));
    expect(done).toEqual([]);
    quiet.resolve();
    await eventually(() => done.length === 100);
    expect(done.filter((what) => what.startsWith('sync'))).toEqual([]);
  });

  it('leaves out what is not wanted any more when its turn comes', async () => {
    const { directory, logger, done, completion } = await setUp();
    await using _ = directory;
    const queue = createCompletionQueue({ logger }, { directory: directory.path });
    queue.add({ ...completion('a'), begin: () => false });
    queue.add(completion('b'));
    await queue.drain(5000);
    expect(done).toEqual(['sync b', 'finish b']);
  });

  it('gives no file its name if the file system cannot be synchronised', async () => {
    const { directory, logger, done, completion } = await setUp();
    await using _ = directory;
    const queue = createCompletionQueue({ logger }, { directory: `${directory.path}/missing` });
    for (let i = 0; i < 100; i++) queue.add(completion(`${i}`));
    await queue.drain(5000);
    expect(done).toEqual(Array.from({ length: 100 }, (_, i) => `failed ${i}`));
    expect(logger.lines).toMatchObject([{ level: 'warn' }]);
  });

  it('goes on after one that fails', async () => {
    const { directory, logger, done, completion } = await setUp();
    await using _ = directory;
    const queue = createCompletionQueue({ logger }, { directory: directory.path });
    queue.add({ ...completion('bad'), sync: () => Promise.reject(new Error('disk')) });
    queue.add(completion('good'));
    await queue.drain(5000);
    expect(done).toEqual(['failed bad', 'sync good', 'finish good']);
    expect(logger.lines).toMatchObject([{ level: 'warn' }]);
  });
});
