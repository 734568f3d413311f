import { ConnectionError } from './connection-error.ts';
import { Flag, FrameType } from './constants.ts';
import type { Frame } from './frame-reader.ts';

const PRIORITY_BYTES = 5;

/**
 * What a DATA or HEADERS frame holds without padding, and without the priority, which nobody heeds any more.
 *
 * ```
 *   [pad length(8)] [priority(40)] content [padding]
 * ```
 * @throws ConnectionError if there is more padding than frame
 */
export function stripPadding({ type, flags, payload }: Frame): Buffer {
  const isPadded = (flags & Flag.PADDED) !== 0;
  const hasPriority = type === FrameType.HEADERS && (flags & Flag.PRIORITY) !== 0;
  if (!isPadded && !hasPriority) return payload;
  const start = (isPadded ? 1 : 0) + (hasPriority ? PRIORITY_BYTES : 0);
  const end = payload.length - (isPadded ? (payload[0] ?? 0) : 0);
  if (end < start) throw new ConnectionError('PROTOCOL_ERROR', 'there is more padding than frame');
  return payload.subarray(start, end);
}
