import { ConnectionError } from './connection-error.ts';
import { DEFAULT_FRAME_BYTES, DEFAULT_WINDOW_BYTES, MAX_WINDOW_BYTES, Setting } from './constants.ts';

const SETTING_BYTES = 6;

/** What a client has said of itself, as far as the server needs it. */
export class PeerSettings {
  /** Of a new stream. */
  initialWindowBytes = DEFAULT_WINDOW_BYTES;
  maxFrameBytes = DEFAULT_FRAME_BYTES;

  /**
   * Reads the payload of a SETTINGS frame. Unknown settings, and those that say how to encode what is not sent, are
   * passed over.
   *
   * @throws ConnectionError for values that are not allowed: RFC 9113, section 6.5.2
   */
  apply(payload: Buffer): void {
    if (payload.length % SETTING_BYTES !== 0) {
      throw new ConnectionError('FRAME_SIZE_ERROR', 'there is half a setting');
    }
    for (let at = 0; at < payload.length; at += SETTING_BYTES) {
      this.set(payload.readUInt16BE(at), payload.readUInt32BE(at + 2));
    }
  }

  private set(id: number, value: number): void {
    if (id === Setting.INITIAL_WINDOW_SIZE) {
      if (value > MAX_WINDOW_BYTES) refuse('FLOW_CONTROL_ERROR', id, value);
      this.initialWindowBytes = value;
    } else if (id === Setting.MAX_FRAME_SIZE) {
      if (value < DEFAULT_FRAME_BYTES || value > 2 ** 24 - 1) refuse('PROTOCOL_ERROR', id, value);
      this.maxFrameBytes = value;
    } else if (id === Setting.ENABLE_PUSH && value > 1) refuse('PROTOCOL_ERROR', id, value);
  }
}

function refuse(code: 'FLOW_CONTROL_ERROR' | 'PROTOCOL_ERROR', id: number, value: number): never {
  throw new ConnectionError(code, `the setting ${id} cannot be ${value}`);
}
