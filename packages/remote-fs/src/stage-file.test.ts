import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeTemporaryDirectory } from '../test/test-layer.ts';
import { stageFile } from './stage-file.ts';

const bytes = Buffer.from('new bytes');

describe('stageFile', () => {
  it('lets the bytes be read, and what had the name keep it, until it is published', async () => {
    await using directory = await makeTemporaryDirectory();
    const target = join(directory.path, 'file');
    await writeFile(target, 'old');
    const staged = await stageFile(target, bytes);
    expect((await readFile(staged.path)).equals(bytes)).toBe(true);
    expect(await readFile(target, 'utf8')).toBe('old');
    await staged.publish();
    expect((await readFile(target)).equals(bytes)).toBe(true);
    expect((await stat(target)).mode & 0o777).toBe(0o600);
    expect(await readdir(directory.path)).toEqual(['file']);
  });

  it('can be told apart from others for the same name', async () => {
    await using directory = await makeTemporaryDirectory();
    const target = join(directory.path, 'file');
    const [one, other] = [await stageFile(target, bytes), await stageFile(target, Buffer.from('other'))];
    await Promise.all([one.publish(), other.publish()]);
    expect(await readdir(directory.path)).toEqual(['file']);
    expect([bytes.toString(), 'other']).toContain(await readFile(target, 'utf8'));
  });

  it('rejects without a directory to write to', async () => {
    await using directory = await makeTemporaryDirectory();
    await expect(stageFile(join(directory.path, 'gone', 'file'), bytes)).rejects.toMatchObject({
      code: 'ENOENT',
    });
  });

  it('leaves nothing where it cannot have its name', async () => {
    await using directory = await makeTemporaryDirectory();
    const target = join(directory.path, 'file');
    const staged = await stageFile(target, bytes);
    // A directory is not replaced by a file: rename(2), EISDIR.
    await mkdir(target);
    await expect(staged.publish()).rejects.toMatchObject({ code: 'EISDIR' });
    expect(await readdir(directory.path)).toEqual(['file']);
  });
});
