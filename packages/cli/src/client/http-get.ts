import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { explainFailure } from './explain-failure.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/**
 * One GET over a unix socket.
 *
 * @param asked.timeoutMs without a byte, until it is given up
 * @throws CliError, but not for any status of the answer
 */
export async function httpGet(asked: {
  readonly address: string;
  readonly path: string;
  readonly timeoutMs: number;
}): Promise<HttpAnswer> {
  const { address, path, timeoutMs } = asked;
  try {
    refuseLongPath(address);
    const sent = request({ socketPath: address, path, agent: false, timeout: timeoutMs });
    sent.on('timeout', () => sent.destroy(withCode('ETIMEDOUT', `no answer within ${timeoutMs / 1000} s`)));
    // May come before the answer or in the middle of it; then the answer's own error says less.
    const failed = new Promise<never>((_, reject) => sent.on('error', reject));
    sent.end();
    return await Promise.race([failed, readAnswer(sent)]);
  } catch (error) {
    throw explainFailure(address, error as NodeJS.ErrnoException);
  }
}

async function readAnswer(sent: ClientRequest): Promise<HttpAnswer> {
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: answer.statusCode!, text: await text(answer) };
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
