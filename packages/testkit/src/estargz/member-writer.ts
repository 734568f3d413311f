import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

/** Writes gzip members one after another: one stream to gunzip, with places where reading can begin. */
export class MemberWriter {
  /** Bytes written so far: where the next member begins, if the current one is empty. */
  offset = 0;
  private readonly sink: (bytes: Uint8Array) => void;
  private readonly level: number;
  private readonly compressed = createHash('sha256');
  private readonly uncompressed = createHash('sha256');
  private parts: Uint8Array[] = [];
  private pending = 0;
  private total = 0;

  constructor(sink: (bytes: Uint8Array) => void, level: number) {
    this.sink = sink;
    this.level = level;
  }

  /** Uncompressed bytes in the current member. */
  get memberBytes(): number {
    return this.pending;
  }

  /** Uncompressed bytes in all. */
  get totalBytes(): number {
    return this.total;
  }

  write(bytes: Uint8Array): void {
    this.uncompressed.update(bytes);
    this.parts.push(bytes);
    this.pending += bytes.length;
    this.total += bytes.length;
  }

  /** Ends the current member, if anything is in it, and gives where the next one begins. */
  cut(): number {
    if (this.pending > 0) this.raw(gzipSync(Buffer.concat(this.parts), { level: this.level }));
    this.parts = [];
    this.pending = 0;
    return this.offset;
  }

  /** Writes bytes that are compressed already. */
  raw(bytes: Uint8Array): void {
    this.compressed.update(bytes);
    this.sink(bytes);
    this.offset += bytes.length;
  }

  /** Digests of all that was written; to be called once, at the end. */
  digests(): { digest: string; diffId: string } {
    return {
      digest: `sha256:${this.compressed.digest('hex')}`,
      diffId: `sha256:${this.uncompressed.digest('hex')}`,
    };
  }
}
