import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { Duplex } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameReader } from '../http2/frame-reader.ts';
import { HeaderBlocks } from '../http2/header-blocks.ts';
import { encodeHeaders } from './encode-headers.ts';
import { HeaderDecoder } from './header-decoder.ts';
import { HpackError } from './hpack-error.ts';

type Headers = [name: string, value: string][];

function decodeWith(decoder: HeaderDecoder, block: Buffer): Headers {
  const headers: Headers = [];
  decoder.decode(block, (...header) => headers.push(header));
  return headers;
}

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('HeaderDecoder', () => {
  it('decodes the examples of RFC 7541, C.3 and C.4, one after the other', () => {
    const expected: Headers[] = [
      [
        [':method', 'GET'],
        [':scheme', 'http'],
        [':path', '/'],
        [':authority', 'www.example.com'],
      ],
      [
        [':method', 'GET'],
        [':scheme', 'http'],
        [':path', '/'],
        [':authority', 'www.example.com'],
        ['cache-control', 'no-cache'],
      ],
      [
        [':method', 'GET'],
        [':scheme', 'https'],
        [':path', '/index.html'],
        [':authority', 'www.example.com'],
        ['custom-key', 'custom-value'],
      ],
    ];
    const plain = [
      '8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
      '8286 84be 5808 6e6f 2d63 6163 6865',
      '8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65',
    ];
    const huffman = [
      '8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff',
      '8286 84be 5886 a8eb 1064 9cbf',
      '8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf',
    ];
    for (const blocks of [plain, huffman]) {
      const decoder = new HeaderDecoder();
      expect(blocks.map((block) => decodeWith(decoder, hex(block)))).toEqual(expected);
    }
  });

  it('reads back what is encoded for answers', () => {
    const text = fc.array(fc.integer({ min: 32, max: 255 }), { maxLength: 300 });
    const header = fc.tuple(text, text).map((pair) => pair.map((codes) => String.fromCharCode(...codes)));
    fc.assert(
      fc.property(fc.array(header, { maxLength: 5 }), (headers) => {
        const block = encodeHeaders(headers as Headers);
        expect(decodeWith(new HeaderDecoder(), block)).toEqual(headers);
      }),
    );
  });

  it.each([
    ['an index that there is not', 'ff80 8080 8001'],
    ['index 0', '80'],
    ['an entry beyond the table', 'be'],
    ['a number that never ends', 'ffff ffff ffff ffff ffff'],
    ['a string longer than its block', '0085 6162'],
    ['a string without its length', '00'],
    ['a table larger than was agreed on', '3fe2 1f'],
    ['another size in the middle', '8220'],
    ['the code of EOS', '0084 ffff ffff 00'],
    ['padding of more than seven bits', '0082 1fff 00'],
    ['padding of zeros', '0081 18 00'],
  ])('refuses %s', (_what, block) => {
    expect(() => decodeWith(new HeaderDecoder(), hex(block))).toThrow(HpackError);
  });

  it('forgets the oldest entries, as its table has a size', () => {
    const decoder = new HeaderDecoder();
    const literal = (letter: string) =>
      Buffer.concat([hex('40 01'), Buffer.from('n'), hex('7f a1 0f'), Buffer.from(letter.repeat(2080))]);
    decodeWith(decoder, literal('a'));
    expect(decodeWith(decoder, hex('be'))).toEqual([['n', 'a'.repeat(2080)]]);
    decodeWith(decoder, literal('b'));
    expect(decodeWith(decoder, hex('be'))).toEqual([['n', 'b'.repeat(2080)]]);
    // Both together are larger than 4096 bytes.
    expect(() => decodeWith(decoder, hex('bf'))).toThrow(HpackError);
    expect(decodeWith(decoder, hex('20'))).toEqual([]);
    expect(() => decodeWith(decoder, hex('be'))).toThrow(HpackError);
  });

  it('ends on any bytes, with an HpackError at worst', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 4 }), (blocks) => {
        const decoder = new HeaderDecoder();
        try {
          for (const block of blocks) decodeWith(decoder, Buffer.from(block));
        } catch (error) {
          expect(error).toBeInstanceOf(HpackError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe("HeaderDecoder, on what Node's client encodes", () => {
  /** Sends requests with these headers, and resolves with what was decoded of each. */
  async function roundTrip(requests: readonly Record<string, string>[]): Promise<Record<string, string>[]> {
    const [client, server] = duplexPair();
    const decoded: Record<string, string>[] = [];
    const decoder = new HeaderDecoder();
    const blocks = new HeaderBlocks();
    const reader = new FrameReader((frame) => {
      const block = blocks.take(frame)?.block;
      if (block) decoded.push(Object.fromEntries(decodeWith(decoder, block)));
    });
    server.on('data', (chunk: Buffer) => reader.push(chunk));
    const session = connectHttp2('http://localhost', { createConnection: () => client });
    session.on('error', () => undefined);
    for (const headers of requests)
      session.request({ ':path': '/x', ...headers }).on('error', () => undefined);
    while (decoded.length < requests.length) await once(server, 'data');
    session.destroy();
    return decoded;
  }

  it('decodes any names and values, with the table and with Huffman', async () => {
    const name = fc.stringMatching(/^x-[a-z0-9-]{1,12}$/);
    const value = fc.oneof(fc.stringMatching(/^[!-~]([ -~]{0,60}[!-~])?$/), fc.constantFrom('same', 'twice'));
    const request = fc.dictionary(name, value, { maxKeys: 6, noNullPrototype: true });
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 8 }), async (requests) => {
        const decoded = await roundTrip(requests);
        expect(decoded).toEqual(requests.map((headers) => expect.objectContaining(headers)));
      }),
      { numRuns: 60 },
    );
  });
});

/** Two ends of a connection in memory. */
function duplexPair(): [Duplex, Duplex] {
  const ends: Duplex[] = [];
  const make = (other: number) =>
    new Duplex({
      read: () => undefined,
      write: (chunk, _encoding, done) => {
        ends[other]!.push(chunk);
        done();
      },
    });
  ends.push(make(1), make(0));
  return [ends[0]!, ends[1]!];
}
