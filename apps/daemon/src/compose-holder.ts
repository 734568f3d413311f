import { dirname, join } from 'node:path';
import { createLastingHolder, type LastingHolder } from '@sluice/holder';
import type { Logger } from '@sluice/snapshotter-core';
import type { Config } from './config/config.ts';

export interface ComposeHolderDeps {
  readonly config: Config;
  readonly logger: Logger;
  readonly parts: AsyncDisposableStack;
}

/** What keeps mounts while no daemon runs, which only those of the kernel driver outlive. Its process starts when it is needed. */
export function composeHolder({ config, logger, parts }: ComposeHolderDeps): LastingHolder | undefined {
  const { driver, survive_restarts: survives } = config.fuse;
  if (!survives || driver === 'none' || driver === 'fuse-native') return undefined;
  const socketPath = join(dirname(config.address), 'holder.sock');
  return parts.use(createLastingHolder({ logger }, { socketPath }));
}
