import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLogRecorder } from '@sluice/testkit/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeTemporaryDirectory } from '../../test/test-layer.ts';
import { RemoteFsError } from '../remote-fs-error.ts';
import { parseProfile } from './parse-profile.ts';
import type { Profile } from './profile.ts';
import { createProfileFiles } from './profile-files.ts';

const profile: Profile = {
  version: 1,
  image: `sha256:${'1'.repeat(64)}`,
  reference: 'example.org/app:1',
  recordedAt: '2026-01-02T03:04:05.678Z',
  layers: { [`sha256:${'2'.repeat(64)}`]: [[0, 100]] },
};

async function setUp() {
  const directory = await makeTemporaryDirectory();
  const logger = createLogRecorder();
  const files = createProfileFiles({ logger }, { directory: join(directory.path, 'profiles') });
  return { directory, logger, files };
}

describe('createProfileFiles', () => {
  it('gives back what was saved, and lists it', async () => {
    const { directory, files } = await setUp();
    await using _ = directory;
    expect(await files.list()).toEqual([]);
    expect(await files.load(profile.image)).toBeUndefined();
    await files.save(profile);
    await files.save({ ...profile, image: 'example.org/../other' });
    expect(await files.load(profile.image)).toEqual(profile);
    expect((await files.list()).map(({ image }) => image).toSorted()).toEqual([
      'example.org/../other',
      profile.image,
    ]);
    await files.remove(profile.image);
    expect(await files.load(profile.image)).toBeUndefined();
  });

  it('removes one that is damaged', async () => {
    const { directory, files, logger } = await setUp();
    await using _ = directory;
    await files.save(profile);
    const [name] = await readdir(join(directory.path, 'profiles'));
    await writeFile(join(directory.path, 'profiles', name!), '{"version":1');
    expect(await files.load(profile.image)).toBeUndefined();
    expect(logger.lines).toMatchObject([{ level: 'warn' }]);
    expect(await readdir(join(directory.path, 'profiles'))).toEqual([]);
  });
});

describe('parseProfile', () => {
  it.each([
    ['no JSON', '{'],
    ['another version', { ...profile, version: 2 }],
    ['no image', { ...profile, image: '' }],
    ['no layers', { ...profile, layers: [] }],
    ['a layer that is none', { ...profile, layers: { 'sha256:../..': [] } }],
    ['a range that is none', { ...profile, layers: { [`sha256:${'2'.repeat(64)}`]: [[-1, 5]] } }],
  ])('refuses %s, and says where it came from', (_, value) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    expect(() => parseProfile(text, 'a.json')).toThrow(expect.objectContaining({ code: 'PROFILE_INVALID' }));
    expect(() => parseProfile(text, 'a.json')).toThrow(/^a.json is not a profile/);
  });

  it('gives a profile or an error, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        try {
          parseProfile(text, 'text');
        } catch (error) {
          expect(error).toBeInstanceOf(RemoteFsError);
        }
      }),
    );
  });
});
