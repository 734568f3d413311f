import { HolderError } from '../holder-error.ts';
import { MAX_LINE_BYTES } from './messages.ts';

const NEWLINE = 10;

/**
 * Splits a stream into lines, however it is cut into pieces. What stands behind the last newline is dropped: its
 * sender died while writing it.
 *
 * @throws HolderError PROTOCOL for a line that is too long; and what the stream throws
 */
export async function* readLines(stream: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of stream) {
    rest = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE)) {
      yield rest.toString('utf8', 0, end);
      rest = rest.subarray(end + 1);
    }
    if (rest.length > MAX_LINE_BYTES) {
      throw new HolderError('PROTOCOL', `a line is longer than ${MAX_LINE_BYTES} bytes`);
    }
  }
}
