import { RemoteFsError } from '../remote-fs-error.ts';

/** Others may take what one has freed. */
const maxAttempts = 4;

/**
 * Writes, and where the disk is full, makes room and writes once more.
 *
 * @param write may be called again after it has failed in the middle
 * @param makeRoom frees space; 0 if it cannot
 * @throws RemoteFsError NO_SPACE; what `write` throws otherwise
 */
export async function withRoom(makeRoom: () => Promise<number>, write: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await write();
    } catch (cause) {
      if (!isFull(cause)) throw cause;
      if (attempt < maxAttempts && (await makeRoom()) > 0) continue;
      const message =
        'the disk is full, and no content can be removed that is not in use: free some space on it';
      throw new RemoteFsError('NO_SPACE', message, { cause });
    }
  }
}

function isFull(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' || code === 'EDQUOT';
}
