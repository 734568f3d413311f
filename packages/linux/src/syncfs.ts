import { lastErrno, libc } from './libc.ts';
import { LinuxError } from './linux-error.ts';

const call = libc.func('int syncfs(int)');

/**
 * Writes everything that the file system of an open file has in memory to its disk, by syncfs(2). It may take
 * seconds, so it runs on a thread of koffi's; the descriptor must stay open until then.
 *
 * @throws LinuxError; EIO for data that could not be written since the file was opened
 */
export function syncfs(fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    call.async(fd, (error: Error | null, result: number) => {
      if (error !== null) reject(error);
      else if (result < 0) reject(new LinuxError('syncfs', lastErrno(), `descriptor ${fd}`));
      else resolve();
    });
  });
}
