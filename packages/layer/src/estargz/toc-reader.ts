import { ByteArena } from '../build/byte-arena.ts';
import { LayerError } from '../layer-error.ts';
import { JsonReader, OutOfBytes } from './json-reader.ts';
import { createKeywords } from './keywords.ts';
import { TocEntry } from './toc-entry.ts';

/** The longest single entry: room for 64 KiB of attribute names and a few of the largest values. */
const unitLimit = 8 * 1024 * 1024;

const topFields = createKeywords({ version: 'version' as const, entries: 'entries' as const });

type State = 'start' | 'first-key' | 'key' | 'after-value' | 'first-entry' | 'entry' | 'after-entry' | 'done';

/**
 * Reads a table of contents (`{"version": 1, "entries": [...]}`) from pieces of its JSON. Holds one piece and what
 * is left of the one before, never the whole.
 */
export class TocReader {
  private readonly json = new JsonReader();
  private readonly entry = new TocEntry();
  private readonly word = new ByteArena(64);
  private readonly onEntry: (entry: TocEntry) => void;
  private state: State = 'start';
  private hasVersion = false;
  private hasEntries = false;
  /** Bytes that must be here before another attempt is worth it. */
  private needed = 0;

  /** @param onEntry called for each entry in order; the entry is only valid during the call */
  constructor(onEntry: (entry: TocEntry) => void) {
    this.onEntry = onEntry;
  }

  /** @throws LayerError; whatever `onEntry` throws */
  push(piece: Uint8Array): void {
    this.append(piece);
    this.advance();
  }

  /** Says that the last piece was pushed. @throws LayerError */
  finish(): void {
    this.json.isLast = true;
    this.needed = 0;
    this.advance();
    if (this.state !== 'done') this.json.fail('ends in the middle');
    if (!this.hasEntries) throw new LayerError('CORRUPT', 'table of contents has no entries');
    if (!this.hasVersion) throw new LayerError('UNSUPPORTED', 'table of contents has no version, expected 1');
  }

  private append(piece: Uint8Array): void {
    const { json } = this;
    const rest = json.end - json.position;
    const bytes =
      json.bytes.length >= rest + piece.length ? json.bytes : new Uint8Array((rest + piece.length) * 2);
    bytes.set(json.bytes.subarray(json.position, json.end));
    bytes.set(piece, rest);
    json.base += json.position;
    json.bytes = bytes;
    json.position = 0;
    json.end = rest + piece.length;
  }

  /** Takes as many steps as there are bytes for. An unfinished step is taken again from its beginning. */
  private advance(): void {
    const { json } = this;
    if (json.end < this.needed) return;
    let begun = json.position;
    try {
      while (!json.isAtEnd()) {
        begun = json.position;
        this.state = this.step();
      }
      this.needed = 0;
    } catch (error) {
      if (!(error instanceof OutOfBytes)) throw error;
      json.position = begun;
      if (json.end - begun > unitLimit) {
        throw new LayerError('TOO_LARGE', `table of contents has an entry of more than ${unitLimit} bytes`);
      }
      // Twice as many bytes each time: a long entry is not scanned over and over.
      this.needed = (json.end - begun) * 2;
    }
  }

  private step(): State {
    const { json } = this;
    switch (this.state) {
      case 'start':
        json.expect(0x7b);
        return 'first-key';
      case 'first-key':
        return json.accept(0x7d) ? 'done' : this.topField();
      case 'key':
        return this.topField();
      case 'after-value':
        if (json.accept(0x2c)) return 'key';
        json.expect(0x7d);
        return 'done';
      case 'first-entry':
        return json.accept(0x5d) ? 'after-value' : this.readEntry();
      case 'entry':
        return this.readEntry();
      case 'after-entry':
        if (json.accept(0x2c)) return 'entry';
        json.expect(0x5d);
        return 'after-value';
      case 'done':
        return json.unexpected();
    }
  }

  private topField(): State {
    const { json } = this;
    json.string(this.word);
    const field = topFields(this.word);
    json.expect(0x3a);
    if (field === 'entries') {
      if (this.hasEntries) json.fail('second list of entries');
      json.expect(0x5b);
      this.hasEntries = true;
      return 'first-entry';
    }
    if (field === 'version') this.readVersion();
    else json.skip(this.word);
    return 'after-value';
  }

  private readVersion(): void {
    const version = this.json.integer();
    if (version !== 1)
      throw new LayerError('UNSUPPORTED', `table of contents is of version ${version}, expected 1`);
    this.hasVersion = true;
  }

  private readEntry(): State {
    this.entry.read(this.json);
    this.onEntry(this.entry);
    return 'after-entry';
  }
}
