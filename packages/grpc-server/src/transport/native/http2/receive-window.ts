import { ConnectionError } from './connection-error.ts';
import { DEFAULT_WINDOW_BYTES } from './constants.ts';
import { encodeWindowUpdate } from './encode-frame.ts';
import type { Output } from './output.ts';

/** What a client may have on its way at any time, whatever its streams. */
const CONNECTION_WINDOW_BYTES = 16 * 1024 * 1024;

/** The window of a connection for what is received: RFC 9113, section 6.9. */
export class ReceiveWindow {
  private readonly output: Output;
  private usedBytes = 0;

  constructor(output: Output) {
    this.output = output;
  }

  open(): void {
    this.output.send(encodeWindowUpdate(0, CONNECTION_WINDOW_BYTES - DEFAULT_WINDOW_BYTES));
  }

  /** @throws ConnectionError if the client did not keep to it */
  use(bytes: number): void {
    this.usedBytes += bytes;
    if (this.usedBytes > CONNECTION_WINDOW_BYTES) {
      throw new ConnectionError('FLOW_CONTROL_ERROR', 'more was sent than the window allows');
    }
    if (this.usedBytes < CONNECTION_WINDOW_BYTES / 2) return;
    this.output.send(encodeWindowUpdate(0, this.usedBytes));
    this.usedBytes = 0;
  }
}
