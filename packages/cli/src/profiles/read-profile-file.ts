import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { maxBodyBytes } from '@sluice/admin-api';
import { CliError } from '../cli-error.ts';

/**
 * Reads a file that may be a profile; whether it is one, the daemon says.
 *
 * @param file or '-' for standard input
 * @throws CliError FILE_FAILED; INVALID if it is longer than any profile
 */
export async function readProfileFile(file: string): Promise<string> {
  const path = resolve(file);
  const stream = file === '-' ? process.stdin : createReadStream(path);
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const piece of stream) {
      pieces.push(piece as Buffer);
      sizeBytes += (piece as Buffer).length;
      if (sizeBytes > maxBodyBytes) break;
    }
  } catch (cause) {
    throw new CliError('FILE_FAILED', `cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
  if (sizeBytes <= maxBodyBytes) return Buffer.concat(pieces).toString();
  throw new CliError('INVALID', `${path} is no profile: it has more than ${maxBodyBytes} bytes`);
}
