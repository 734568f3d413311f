import type { Socket } from 'node:net';

/** Copying what is smaller into one piece costs less than handing it on in many. */
const COPIED_BYTES = 128 * 1024;

/** Writes to a socket: what is sent in one turn of the event loop goes out in one piece. */
export class Output {
  private readonly socket: Socket;
  private chunks: Uint8Array[] = [];
  private sizeBytes = 0;

  constructor(socket: Socket) {
    this.socket = socket;
  }

  /** Whether the other end reads more slowly than is written; the socket says 'drain' when it has caught up. */
  get isCongested(): boolean {
    return this.socket.writableNeedDrain;
  }

  /** @param chunk becomes this object's */
  send(chunk: Uint8Array): void {
    // After the promises that are settled now, which may have more to send.
    if (this.chunks.length === 0) queueMicrotask(() => process.nextTick(() => this.flush()));
    this.chunks.push(chunk);
    this.sizeBytes += chunk.length;
  }

  flush(): void {
    const { chunks, sizeBytes, socket } = this;
    this.chunks = [];
    this.sizeBytes = 0;
    if (chunks.length === 0 || socket.destroyed || socket.writableEnded) return;
    if (chunks.length === 1) socket.write(chunks[0]!);
    else if (sizeBytes <= COPIED_BYTES) socket.write(Buffer.concat(chunks, sizeBytes));
    else {
      socket.cork();
      for (const chunk of chunks) socket.write(chunk);
      socket.uncork();
    }
  }
}
