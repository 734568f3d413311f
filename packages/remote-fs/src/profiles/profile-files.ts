import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '@sluice/snapshotter-core';
import { writeFileAtomically } from '../write-file-atomically.ts';
import { parseProfile } from './parse-profile.ts';
import type { Profile } from './profile.ts';

/** The profiles of images, a file each: `<directory>/<sha256 of the image's name>.json`. */
export interface ProfileFiles {
  /** Undefined if there is none. A damaged one counts as none, and is removed. */
  load(image: string): Promise<Profile | undefined>;
  /** Replaces the one that is there. @throws the errors of the file system */
  save(profile: Profile): Promise<void>;
  remove(image: string): Promise<void>;
  /** All of them, in no order. */
  list(): Promise<readonly Profile[]>;
}

export function createProfileFiles(deps: { logger: Logger }, options: { directory: string }): ProfileFiles {
  const { directory } = options;
  const nameOf = (image: string) => `${createHash('sha256').update(image).digest('hex')}.json`;

  const read = async (name: string): Promise<Profile | undefined> => {
    const path = join(directory, name);
    try {
      return parseProfile(await readFile(path, 'utf8'), path);
    } catch (err) {
      if ((err as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      deps.logger.warn({ err, path }, 'a profile cannot be read: it is removed and learned anew');
      await rm(path, { force: true });
      return undefined;
    }
  };

  return {
    load: (image) => read(nameOf(image)),
    async save(profile) {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      await writeFileAtomically(join(directory, nameOf(profile.image)), Buffer.from(JSON.stringify(profile)));
    },
    remove: (image) => rm(join(directory, nameOf(image)), { force: true }),
    async list() {
      const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return [];
        throw error;
      });
      const all = await Promise.all(names.filter((name) => name.endsWith('.json')).map(read));
      return all.filter((profile) => profile !== undefined);
    },
  };
}
