import { RemoteFsError } from '../remote-fs-error.ts';
import type { OpenContent } from './open-content.ts';
import { openIfThere } from './open-if-there.ts';

const untouchable = () => {
  throw new RemoteFsError('STORE_DAMAGED', 'a complete content is not written to');
};

/** The complete content in the file at `path`. It may be removed at any time. */
export function createCompleteContent(path: string): OpenContent {
  return {
    complete: true,
    verified: () => true,
    uncertain: () => false,
    unstored: () => undefined,
    async read(offset, length) {
      const bytes = new Uint8Array(length);
      const found = await openIfThere(path);
      if (!found) return bytes.subarray(0, 0);
      await using file = found;
      return bytes.subarray(0, (await file.read(bytes, 0, length, offset)).bytesRead);
    },
    write: async () => untouchable(),
    settle: untouchable,
    async [Symbol.asyncDispose]() {},
  };
}
