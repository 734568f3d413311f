import { RemoteFsError } from '../remote-fs-error.ts';
import type { OpenContent } from './open-content.ts';

const untouchable = () => {
  throw new RemoteFsError('STORE_DAMAGED', 'a complete content is neither read nor written by the fetcher');
};

/** Any content that is complete. */
export const completeContent: OpenContent = {
  complete: true,
  verified: () => true,
  uncertain: () => false,
  unstored: () => undefined,
  read: async () => untouchable(),
  write: async () => untouchable(),
  settle: untouchable,
  async [Symbol.asyncDispose]() {},
};
