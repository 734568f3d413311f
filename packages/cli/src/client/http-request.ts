import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { CliError } from '../cli-error.ts';
import { explainFailure } from './explain-failure.ts';

export interface HttpRequest {
  /** Path of the socket. */
  readonly address: string;
  readonly path: string;
  /** What is to be put there; without it, this is a GET. */
  readonly body?: string | undefined;
  /** Default: PUT with a body, GET without. */
  readonly method?: 'POST' | 'DELETE' | undefined;
  /** Without a byte, until it is given up. */
  readonly timeoutMs: number;
}

/**
 * One request over a unix socket.
 *
 * @param read reads the answer, whatever its status; may throw a CliError
 * @throws CliError, but not for any status of the answer
 */
export async function httpRequest<T>(
  asked: HttpRequest,
  read: (answer: IncomingMessage) => Promise<T>,
): Promise<T> {
  const { address, path, body, timeoutMs } = asked;
  const method = asked.method ?? (body === undefined ? 'GET' : 'PUT');
  try {
    refuseLongPath(address);
    const sent = request({ socketPath: address, path, method, agent: false, timeout: timeoutMs });
    sent.on('timeout', () => sent.destroy(withCode('ETIMEDOUT', `no answer within ${timeoutMs / 1000} s`)));
    // May come before the answer or in the middle of it; then the answer's own error says less.
    const failed = new Promise<never>((_, reject) => sent.on('error', reject));
    sent.end(body);
    return await Promise.race([failed, once(sent, 'response').then(([answer]) => read(answer))]);
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw explainFailure(address, error as NodeJS.ErrnoException);
  }
}

/** unix(7): sun_path has 108 bytes, one of them for the NUL at the end. */
function refuseLongPath(address: string): void {
  const sizeBytes = Buffer.byteLength(address);
  if (sizeBytes > 107)
    throw withCode('ENAMETOOLONG', `${sizeBytes} bytes, and a unix socket's path at most 107`);
}

function withCode(code: string, message: string): NodeJS.ErrnoException {
  return Object.assign(new Error(message), { code });
}
