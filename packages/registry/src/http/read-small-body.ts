import { RegistryError } from '../registry-error.ts';
import type { HttpBody } from './http-exchange.ts';
import { type ProgressFloor, readChunks } from './read-chunks.ts';

export interface SmallBodyLimits {
  readonly maxBytes: number;
  readonly floor: ProgressFloor;
  /** For the messages of errors. */
  readonly subject: string;
}

/**
 * The whole body, of its own memory.
 *
 * @throws RegistryError BAD_RESPONSE where it is longer than `maxBytes`, UNAVAILABLE where it stalls
 */
export async function readSmallBody(body: HttpBody, limits: SmallBodyLimits): Promise<Uint8Array> {
  const { maxBytes, floor, subject } = limits;
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of readChunks(body, floor, subject)) {
    bytes += chunk.length;
    if (bytes > maxBytes)
      throw new RegistryError('BAD_RESPONSE', `${subject}: the answer is longer than ${maxBytes} bytes`, {
        retryable: false,
      });
    parts.push(chunk);
  }
  const whole = new Uint8Array(bytes);
  parts.reduce((at, part) => {
    whole.set(part, at);
    return at + part.length;
  }, 0);
  return whole;
}
