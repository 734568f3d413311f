import { LayerError } from '../layer-error.ts';
import { contentKey, unsharedKey } from './content-key.ts';
import { growColumn } from './grow-column.ts';
import { HashIndex, hashBytes } from './hash-index.ts';

/** A chunk as an index describes it, not yet checked. */
export interface ChunkEntry {
  contentOffset: number;
  /** Bytes; 0 for all up to the end of the file. */
  size: number;
  blobOffset: number;
  innerOffset: number;
  /** sha256, 32 bytes; undefined or all zero if there is none. Copied where it is kept. */
  digest: Uint8Array | undefined;
}

interface ContentLimits {
  /** Most bytes that have to be decompressed for one chunk: its own and those before it in its stream. */
  readonly chunkBytes: number;
  /** Most chunks of a layer. */
  readonly chunks: number;
}

export interface ContentRules {
  readonly limits: ContentLimits;
  readonly allowUnverified: boolean;
  /** Where in the blob the last chunk ends. */
  readonly dataEnd: number;
  /** Random: digests are claims, and could be chosen to collide in a hash table. */
  readonly seed: number;
}

/**
 * The contents of a layer and their chunks while they are being read, each content once. Use: `begin`, `addChunk`
 * for each chunk in order, `end`. About 110 bytes a chunk.
 */
export class ContentTable {
  contentCount = 0;
  chunkCount = 0;
  size = new Float64Array(64);
  chunkStart = new Uint32Array(64);
  /** 32 bytes a content. */
  key = new Uint8Array(64 * 32);
  contentOffset = new Float64Array(64);
  blobOffset = new Float64Array(64);
  innerOffset = new Float64Array(64);
  /** 32 bytes a chunk. */
  digest = new Uint8Array(64 * 32);
  private boundaryCount = 0;
  private boundaryColumn = new Float64Array(64);
  private readonly index = new HashIndex();
  private readonly rules: ContentRules;
  private readonly fileDigest = new Uint8Array(32);
  private hasFileDigest = false;
  private reached = 0;
  private allVerifiable = true;

  constructor(rules: ContentRules) {
    this.rules = rules;
  }

  /** Where in the blob streams begin, ascending, also of chunks that nobody refers to any more. */
  boundaries(): Float64Array {
    return this.boundaryColumn.slice(0, this.boundaryCount).sort();
  }

  /** Notes that a stream begins there. */
  addBoundary(blobOffset: number): void {
    if (this.boundaryCount === this.boundaryColumn.length)
      this.boundaryColumn = growColumn(this.boundaryColumn);
    this.boundaryColumn[this.boundaryCount++] = blobOffset;
  }

  /** Opens a content. `digest`: sha256 of the whole, as the index claims. */
  begin(size: number, digest: Uint8Array | undefined): void {
    if (this.contentCount === this.size.length) this.growContents();
    this.size[this.contentCount] = size;
    this.chunkStart[this.contentCount] = this.chunkCount;
    this.hasFileDigest = says(digest);
    if (says(digest)) this.fileDigest.set(digest);
    this.reached = 0;
    this.allVerifiable = true;
  }

  /** @throws LayerError if the chunk does not continue the content, or is not in the blob */
  addChunk(chunk: ChunkEntry): void {
    const row = this.chunkCount;
    const whole = this.size[this.contentCount]!;
    const size = chunk.size === 0 ? whole - chunk.contentOffset : chunk.size;
    if (chunk.contentOffset !== this.reached || !(size > 0) || this.reached + size > whole) {
      corrupt(
        `chunk of ${size} bytes at ${chunk.contentOffset} leaves a gap or overlaps: expected one from ${this.reached}, at most to ${whole}`,
      );
    }
    this.checkPlace(chunk, size);
    if (row === this.contentOffset.length) this.growChunks();
    this.contentOffset[row] = chunk.contentOffset;
    this.blobOffset[row] = chunk.blobOffset;
    this.innerOffset[row] = chunk.innerOffset;
    this.digest.fill(0, row * 32, row * 32 + 32);
    if (says(chunk.digest)) this.digest.set(chunk.digest, row * 32);
    else this.allVerifiable = false;
    this.reached += size;
    this.chunkCount++;
    this.addBoundary(chunk.blobOffset);
  }

  /** Closes the content and gives its number: that of an earlier one if the bytes are the same. */
  end(): number {
    const content = this.contentCount;
    if (this.reached !== this.size[content]) {
      corrupt(`chunks cover ${this.reached} of ${this.size[content]} bytes`);
    }
    const key = this.nameOpenContent();
    const hash = hashBytes(key, 0, key.length, this.rules.seed);
    const known = this.index.find(hash, (row) => this.hasKey(row, key));
    if (known >= 0) {
      if (this.size[known] !== this.size[content]) corrupt('has the digest of a file of another size');
      this.chunkCount = this.chunkStart[content]!;
      return known;
    }
    this.key.set(key, content * 32);
    this.index.add(hash, content);
    this.contentCount++;
    return content;
  }

  private nameOpenContent(): Uint8Array {
    const first = this.chunkStart[this.contentCount]!;
    if (this.chunkCount === first + 1) this.nameOnlyChunk(first);
    if (this.allVerifiable) {
      return contentKey({
        sizeBytes: this.size[this.contentCount]!,
        contentOffsets: this.contentOffset.subarray(first, this.chunkCount),
        digests: this.digest.subarray(first * 32, this.chunkCount * 32),
      });
    }
    if (this.rules.allowUnverified) return unsharedKey();
    throw new LayerError(
      'UNVERIFIED',
      'has chunks without digest: convert the image again with a newer tool, or allow unverified layers',
    );
  }

  /** The only chunk of a file is the file: either digest will do, and two must agree. */
  private nameOnlyChunk(row: number): void {
    if (!this.hasFileDigest) return;
    const own = this.digest.subarray(row * 32, row * 32 + 32);
    if (this.allVerifiable && Buffer.compare(own, this.fileDigest) !== 0) {
      corrupt('is one chunk, but with another digest than its chunk');
    }
    own.set(this.fileDigest);
    this.allVerifiable = true;
  }

  private checkPlace(chunk: ChunkEntry, size: number): void {
    const { limits, dataEnd } = this.rules;
    if (!(chunk.blobOffset > 0 && chunk.blobOffset < dataEnd) || chunk.innerOffset < 0) {
      corrupt(
        `chunk at ${chunk.blobOffset} + ${chunk.innerOffset} is not within the blob's ${dataEnd} bytes of data`,
      );
    }
    if (chunk.innerOffset + size > limits.chunkBytes) {
      const what = `chunk needs ${chunk.innerOffset + size} bytes decompressed, more than the limit of ${limits.chunkBytes}`;
      throw new LayerError('TOO_LARGE', what);
    }
    if (this.chunkCount >= limits.chunks) {
      throw new LayerError('TOO_LARGE', `layer has more chunks than the limit of ${limits.chunks}`);
    }
  }

  private hasKey(row: number, key: Uint8Array): boolean {
    return Buffer.compare(this.key.subarray(row * 32, row * 32 + 32), key) === 0;
  }

  private growContents(): void {
    this.size = growColumn(this.size);
    this.chunkStart = growColumn(this.chunkStart);
    this.key = growColumn(this.key);
  }

  private growChunks(): void {
    this.contentOffset = growColumn(this.contentOffset);
    this.blobOffset = growColumn(this.blobOffset);
    this.innerOffset = growColumn(this.innerOffset);
    this.digest = growColumn(this.digest);
  }
}

/** All zeros are how an index writes that there is none: no layer may claim them, its bytes would not be verified. */
function says(digest: Uint8Array | undefined): digest is Uint8Array {
  return digest?.some((byte) => byte !== 0) ?? false;
}

function corrupt(what: string): never {
  throw new LayerError('CORRUPT', what);
}
