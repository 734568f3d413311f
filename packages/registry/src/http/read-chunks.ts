import { RegistryError } from '../registry-error.ts';
import type { HttpBody } from './http-exchange.ts';

export interface ProgressFloor {
  /** A window in which fewer than `stallMinBytes` arrive ends the body. */
  readonly stallTimeoutMs: number;
  readonly stallMinBytes: number;
}

/**
 * The chunks of a body, as long as they come fast enough. A server that drips a byte a second is as dead as one
 * that is silent.
 *
 * @param subject for the message of the error
 * @throws RegistryError UNAVAILABLE when the body stalls; the connection is then closed
 */
export async function* readChunks(
  body: HttpBody,
  floor: ProgressFloor,
  subject: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  let windowBytes = 0;
  const endWindow = () => {
    if (windowBytes < floor.stallMinBytes) body.cancel(stalled(floor, subject));
    windowBytes = 0;
  };
  // After a long pause of this thread timers run before sockets are read: look only when they have been.
  const timer = setInterval(() => setImmediate(endWindow), floor.stallTimeoutMs);
  try {
    for await (const chunk of body.chunks()) {
      windowBytes += chunk.length;
      yield chunk;
    }
  } finally {
    clearInterval(timer);
  }
}

function stalled({ stallTimeoutMs, stallMinBytes }: ProgressFloor, subject: string): RegistryError {
  const text = `the answer stalled: fewer than ${stallMinBytes} bytes in ${stallTimeoutMs} ms`;
  return new RegistryError('UNAVAILABLE', `${subject}: ${text}`);
}
