import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entryKind } from '../build/layer-entry.ts';
import { LayerError } from '../layer-error.ts';
import type { TocEntry } from './toc-entry.ts';
import { TocReader } from './toc-reader.ts';

interface Seen {
  readonly name: string;
  readonly link: string;
  readonly numbers: readonly number[];
  readonly xattrBytes: number;
}

function note({ file, chunk }: TocEntry): Seen {
  return {
    name: Buffer.from(file.path.view()).toString(),
    link: Buffer.from(file.link.view()).toString(),
    numbers: [file.size, file.mode, file.uid, file.gid, chunk.blobOffset, chunk.contentOffset, chunk.size],
    xattrBytes: file.xattrs.view().length,
  };
}

/** Reads JSON in pieces that end at these places. */
function read(json: Uint8Array, cuts: readonly number[] = []): Seen[] {
  const seen: Seen[] = [];
  const reader = new TocReader((entry) => seen.push(note(entry)));
  let at = 0;
  for (const cut of [...cuts, json.length].sort((a, b) => a - b)) {
    reader.push(json.subarray(at, cut));
    at = cut;
  }
  reader.finish();
  return seen;
}

const readText = (text: string) => read(Buffer.from(text));
const readEntry = (entry: string) => readText(`{"version":1,"entries":[${entry}]}`)[0]!;

const whole = fc.maxSafeNat();
const anyString = fc.string({ unit: 'binary', maxLength: 20 });
const anyEntry = fc.record(
  {
    name: anyString,
    linkName: anyString,
    size: whole,
    mode: whole,
    uid: whole,
    gid: whole,
    offset: whole,
    chunkOffset: whole,
    chunkSize: whole,
    unknown: fc.jsonValue(),
    userName: fc.constant(null),
    xattrs: fc.dictionary(
      fc.stringMatching(/^user\.[a-z]{1,9}$/),
      fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString('base64')),
    ),
  },
  { requiredKeys: [] },
);

describe('a table of contents', () => {
  it('reads as JSON.parse reads it, wherever its pieces end', () => {
    const property = fc.property(
      fc.array(anyEntry, { maxLength: 8 }),
      fc.constantFrom(undefined, '\t', ' \r\n'),
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 }),
      fc.jsonValue(),
      (entries, indent, cuts, extra) => {
        const toc = {
          extra,
          version: 1,
          entries: entries.map((entry) => ({ ...entry, type: 'reg' })),
          extra2: [extra],
        };
        const json = Buffer.from(JSON.stringify(toc, undefined, indent));
        const seen = read(
          json,
          cuts.map((cut) => Math.floor(cut * json.length)),
        );
        const expected = (JSON.parse(json.toString()) as { entries: typeof entries }).entries.map(
          (entry) => ({
            name: Buffer.from(entry.name ?? '').toString(),
            link: Buffer.from(entry.linkName ?? '').toString(),
            numbers: [
              entry.size,
              entry.mode,
              entry.uid,
              entry.gid,
              entry.offset,
              entry.chunkOffset,
              entry.chunkSize,
            ].map((number) => number ?? 0),
            xattrBytes: Object.entries(entry.xattrs ?? {}).reduce(
              (sum, [name, value]) => sum + 6 + name.length + Buffer.from(value, 'base64').length,
              4,
            ),
          }),
        );
        expect(seen).toEqual(expected);
      },
    );
    fc.assert(property, { numRuns: 300 });
  });

  it('that was damaged is refused with a LayerError, or still is one', () => {
    const good = Buffer.from(
      JSON.stringify({
        version: 1,
        entries: [
          {
            name: 'a\u{1f600}\n"',
            type: 'reg',
            size: 12,
            modtime: '2026-01-01T00:00:00.5Z',
            xattrs: { 'user.a': 'YQ==' },
          },
          { name: 'b', type: 'chunk', chunkOffset: 3, nested: [[{}], -1.5e3, true, null] },
        ],
      }),
    );
    const edit = fc.record({ at: fc.nat(good.length - 1), byte: fc.nat(255), remove: fc.nat(5) });
    const property = fc.property(
      fc.array(edit, { minLength: 1, maxLength: 4 }),
      fc.nat(good.length),
      (edits, cut) => {
        let json = Buffer.from(good);
        for (const { at, byte, remove } of edits) {
          json = Buffer.concat([json.subarray(0, at), Buffer.from([byte]), json.subarray(at + remove)]);
        }
        try {
          read(json, [Math.min(cut, json.length)]);
        } catch (error) {
          expect(error).toBeInstanceOf(LayerError);
        }
      },
    );
    fc.assert(property, { numRuns: 3000 });
  });

  it.each([
    ['', /ends in the middle/],
    ['{', /ends in the middle/],
    ['{"version":1,"entries":[{"name":"a"', /ends in the middle/],
    ['{"version":1,"entries":[{"type":"dir"},]}', /unexpected byte 0x5d/],
    ['{"version":1,"entries":[]} x', /unexpected byte 0x78 at byte 27/],
    ['{"version":1}', /no entries/],
    ['{"entries":[]}', /no version/],
    ['{"version":1,"entries":[],"entries":[]}', /second list/],
    ['{"version":1,"entries":[{}]}', /no type/],
    ['{"version":1,"entries":[{"type":"dir","size":1.5}]}', /unexpected byte 0x2e/],
    ['{"version":1,"entries":[{"type":"dir","size":9007199254740993}]}', /out of range/],
    ['{"version":1,"entries":[{"type":"dir","size":"1"}]}', /unexpected byte 0x22/],
    ['{"version":1,"entries":[{"type":"dir","name":"a\nb"}]}', /unexpected byte 0x0a/],
    ['{"version":1,"entries":[{"type":"dir","name":"\\x"}]}', /unexpected byte 0x78/],
    [`{"version":1,"entries":[{"type":"dir","x":${'['.repeat(100)}`, /nested deeper than 64/],
  ])('is refused as %j', (text, message) => {
    expect(() => readText(text)).toThrow(message);
  });

  it('may hold entries longer than its pieces, up to a limit', () => {
    const value = 'A'.repeat(80_000);
    const json = Buffer.from(`{"version":1,"entries":[{"type":"dir","xattrs":{"user.a":"${value}"}}]}`);
    const cuts = Array.from({ length: 800 }, (_, i) => i * 100);
    expect(read(json, cuts)[0]!.xattrBytes).toBe(4 + 6 + 6 + 60_000);
    const endless = Buffer.from(`{"version":1,"entries":[{"type":"dir","x":"${'y'.repeat(20_000_000)}`);
    expect(() => read(endless, [5_000_000, 18_000_000])).toThrow(/more than 8388608 bytes/);
  });

  it('keeps names that are no UTF-8 as the bytes they are', () => {
    const names: Buffer[] = [];
    const reader = new TocReader((entry) => names.push(Buffer.from(entry.file.path.view().slice())));
    reader.push(Buffer.from('{"version":1,"entries":[{"type":"dir","name":"caf\xe9"}]}', 'latin1'));
    reader.finish();
    expect(names).toEqual([Buffer.from('caf\xe9', 'latin1')]);
  });

  it('spells out escapes; half a surrogate pair becomes U+FFFD, as in Go', () => {
    expect(readEntry('{"type":"dir","name":"\\u0041\\/\\ud83d\\ude00\\ud83dx\\ude00\\ud83d"}').name).toBe(
      'A/😀\ufffdx\ufffd\ufffd',
    );
  });

  it('does not carry anything from one entry to the next', () => {
    const [, second] = readText(
      '{"version":1,"entries":[{"type":"reg","name":"a","linkName":"l","size":5,"mode":6,"offset":7,"xattrs":{"user.a":""}},{"type":"reg"}]}',
    );
    expect(second).toEqual({ name: '', link: '', numbers: [0, 0, 0, 0, 0, 0, 0], xattrBytes: 4 });
  });

  it('knows all types of the specification', () => {
    const kinds: number[] = [];
    const reader = new TocReader((entry) => kinds.push(entry.file.kind));
    const types = ['dir', 'reg', 'symlink', 'hardlink', 'char', 'block', 'fifo'];
    reader.push(Buffer.from(JSON.stringify({ version: 1, entries: types.map((type) => ({ type })) })));
    reader.finish();
    const { directory, regular, symlink, hardlink, character, block, fifo } = entryKind;
    expect(kinds).toEqual([directory, regular, symlink, hardlink, character, block, fifo]);
  });
});
