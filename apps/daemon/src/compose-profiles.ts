import { join } from 'node:path';
import { createSqliteProfileStore } from '@sluice/profile-store';
import type { ProfileStore } from '@sluice/remote-fs';
import type { Logger } from '@sluice/snapshotter-core';
import type { Config } from './config/config.ts';

export interface ComposeProfilesDeps {
  readonly config: Config;
  readonly logger: Logger;
  readonly parts: AsyncDisposableStack;
  readonly problems: string[];
}

/** Where profiles are kept. A disk that has no room for them keeps no daemon from starting. */
export function composeProfiles(deps: ComposeProfilesDeps): ProfileStore | undefined {
  const { config, logger, parts, problems } = deps;
  if (config.fuse.driver === 'none') return undefined;
  const path = join(config.root, 'profiles.db');
  try {
    return parts.use(createSqliteProfileStore({ logger }, { path }));
  } catch (err) {
    logger.warn({ err, path }, 'the database of profiles cannot be opened');
    const why = err instanceof Error ? err.message : String(err);
    problems.push(`what starts of images read is not learned: ${path} cannot be opened (${why})`);
    return undefined;
  }
}
