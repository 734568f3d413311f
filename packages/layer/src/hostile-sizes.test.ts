import { hash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { createMemoryBlob, estargzFooter } from '@sluice/testkit/estargz';
import { describe, expect, it } from 'vitest';
import { checkTree } from '../test/fuzz/check-tree.ts';
import { createEstargzFormat, type EstargzOptions } from './estargz/create-estargz-format.ts';
import type { LayerIndex } from './layer-index.ts';

const tocDigest = 'containerd.io/snapshot/stargz/toc.digest';
const data = Buffer.alloc(1000);
const mebibyte = 1024 * 1024;

/** A tar header that announces a table of so many bytes. */
function header(sizeBytes: number, name = 'stargz.index.json'): Buffer {
  const block = Buffer.alloc(512);
  block.write(name);
  block.write(sizeBytes.toString(8).padStart(11, '0'), 124);
  return block;
}

/** Opens a blob with this table, and gives by how many bytes the process has grown meanwhile, at the most. */
async function open(table: Uint8Array, json: string | Uint8Array, options: EstargzOptions = {}) {
  const blob = createMemoryBlob(Buffer.concat([data, table, estargzFooter(data.length)]));
  const before = process.memoryUsage.rss();
  const digest = `sha256:${hash('sha256', json)}`;
  const opened = createEstargzFormat(options).open(blob, { annotations: { [tocDigest]: digest } });
  const index = await opened.catch((error: unknown) => error);
  return { index, grownBytes: process.resourceUsage().maxRSS * 1024 - before };
}

/** Gzip of a beginning and very many bytes that are all the same; never holds these itself. */
function bomb(begin: Uint8Array, sizeBytes: number, byte = ' '): Buffer {
  const piece = gzipSync(Buffer.alloc(mebibyte, byte));
  return Buffer.concat([gzipSync(begin), ...Array.from({ length: sizeBytes / mebibyte }, () => piece)]);
}

async function openEntries(entries: readonly object[], options: EstargzOptions = {}) {
  const json = JSON.stringify({ version: 1, entries });
  const table = gzipSync(Buffer.concat([header(json.length), Buffer.from(json)]), { level: 1 });
  return open(table, json, options);
}

describe('a deflate bomb for a table of contents', () => {
  const json = '{"version":1,"entries":[]}';

  it('is not unpacked behind the end that its header announces', async () => {
    const begin = Buffer.concat([header(json.length), Buffer.from(json)]);
    const { index, grownBytes } = await open(bomb(begin, 300 * mebibyte), json);
    expect(index).toMatchObject({ inodeCount: 1 });
    expect(grownBytes).toBeLessThan(100 * mebibyte);
  });

  it('is refused by the size that its header announces', async () => {
    const { index } = await open(bomb(header(600 * mebibyte), mebibyte), '');
    expect(index).toMatchObject({ name: 'LayerError', code: 'TOO_LARGE' });
  });

  it.each([
    ['white space', ' ', 'CORRUPT'],
    ['one string', 'x', 'CORRUPT'],
    ['one name', '{"version":1,"entries":[{"name":"x', 'TOO_LARGE'],
    ['brackets', '{"version":1,"x":[', 'CORRUPT'],
    ['digits', '{"version":1,"x":1', 'TOO_LARGE'],
  ])('of %s is refused within bounded memory', async (_, begin, code) => {
    const sizeBytes = 200 * mebibyte;
    const table = bomb(Buffer.concat([header(sizeBytes), Buffer.from(begin)]), sizeBytes, begin.at(-1));
    const { index, grownBytes } = await open(table, '');
    expect(index).toMatchObject({ name: 'LayerError', code });
    expect(grownBytes).toBeLessThan(150 * mebibyte);
  });
});

describe('a tar header of a table of contents', () => {
  const json = '{"version":1,"entries":[]}';

  /** @param size the twelve bytes of its size field */
  async function openSize(size: Uint8Array | string): Promise<unknown> {
    const block = header(0);
    block.fill(0, 124, 136);
    block.set(Buffer.from(size), 124);
    return (await open(gzipSync(Buffer.concat([block, Buffer.from(json)])), json)).index;
  }

  /** Base-256 of GNU tar: bit 7 of the first byte is set, the rest is a number in two's complement. */
  const base256 = (value: bigint) => {
    const field = Buffer.alloc(12, value < 0n ? 0xff : 0);
    field.writeBigUInt64BE(BigInt.asUintN(64, value), 4);
    if (value >= 0n) field[0] = 0x80;
    return field;
  };

  it('is read where it is right', async () => {
    expect(await openSize(json.length.toString(8).padStart(11, '0'))).toMatchObject({ inodeCount: 1 });
  });

  it.each([
    ['of all digits', '777777777777', 'TOO_LARGE'],
    ['that is negative', '-0000000001', 'CORRUPT'],
    ['that is empty', '', 'CORRUPT'],
    ['with a digit too large', '00000000009', 'CORRUPT'],
    ['of 26 in base 256', base256(26n), 'CORRUPT'],
    ['of 2^63 in base 256', base256(2n ** 63n), 'CORRUPT'],
    ['of 2^64 - 1 in base 256', base256(2n ** 64n - 1n), 'CORRUPT'],
    ['of -1 in base 256', base256(-1n), 'CORRUPT'],
    ['of -2^63 in base 256', base256(-(2n ** 63n)), 'CORRUPT'],
  ])('with a size %s is refused', async (_, size, code) => {
    expect(await openSize(size)).toMatchObject({ name: 'LayerError', code });
  });
});

describe('very many', () => {
  it('entries without bytes are served, with less than 100 bytes of index for each', async () => {
    const count = 200_000;
    const entries = Array.from({ length: count }, (_, i) => ({ name: `${i % 100}/${i}`, type: 'fifo' }));
    const index = (await openEntries(entries)).index as LayerIndex;
    expect(index.inodeCount).toBe(count + 101);
    expect(index.buffer.byteLength / count).toBeLessThan(100);
  });

  it('hard links in a chain end at their file', async () => {
    const links = Array.from({ length: 100_000 }, (_, i) => ({
      name: `l${i}`,
      type: 'hardlink',
      linkName: `l${i + 1}`,
    }));
    const { index } = await openEntries([...links, { name: 'l100000', type: 'fifo' }]);
    expect(index).toMatchObject({ inodeCount: 2 });
  });

  it('hard links in a circle are refused', async () => {
    const links = Array.from({ length: 100_000 }, (_, i) => ({
      name: `l${i}`,
      type: 'hardlink',
      linkName: `l${(i + 1) % 100_000}`,
    }));
    const { index } = await openEntries(links);
    expect(index).toMatchObject({ code: 'CORRUPT', message: /leads back to itself/ });
  });

  it('levels of directories are a tree, as deep as a path is long', async () => {
    const { index } = await openEntries([{ name: 'd/'.repeat(2048), type: 'dir' }]);
    expect(index).toMatchObject({ inodeCount: 2049 });
    checkTree(index as Parameters<typeof checkTree>[0]);
  });

  it('names are refused at the limit, wherever they hang', async () => {
    const entries = Array.from({ length: 50_000 }, (_, i) => ({ name: `${i % 7}/${i}`, type: 'fifo' }));
    const { index } = await openEntries(entries, { limits: { maxInodes: 40_000 } });
    expect(index).toMatchObject({ code: 'TOO_LARGE', message: /40000 entries/ });
  });

  it('changes of a name from directory to file and back count as names', async () => {
    const entries = Array.from({ length: 20_000 }, (_, i) => ({ name: 'x', type: i % 2 ? 'fifo' : 'dir' }));
    const { index } = await openEntries(entries, { limits: { maxInodes: 5000 } });
    expect(index).toMatchObject({ code: 'TOO_LARGE' });
  });

  it('bytes of attributes are refused, however well they compress', async () => {
    const value = Buffer.alloc(65_536).toString('base64');
    const entries = Array.from({ length: 200 }, (_, i) => ({
      name: `f${i}`,
      type: 'fifo',
      xattrs: { [`user.${i}`]: value },
    }));
    const { index } = await openEntries(entries, { limits: { textBytes: 4 * mebibyte } });
    expect(index).toMatchObject({ code: 'TOO_LARGE', message: /attributes have more bytes/ });
  });

  it('bytes of link targets are refused, however well they compress', async () => {
    const entries = Array.from({ length: 2000 }, (_, i) => ({
      name: `l${i}`,
      type: 'symlink',
      linkName: 'x'.repeat(4000),
    }));
    const { index } = await openEntries(entries, { limits: { textBytes: 4 * mebibyte } });
    expect(index).toMatchObject({ code: 'TOO_LARGE' });
  });
});

describe('a wrong footer', () => {
  const table = gzipSync(Buffer.concat([header(26), Buffer.from('{"version":1,"entries":[]}')]));
  const withFooter = (footer: Uint8Array) => Buffer.concat([data, table, footer]);
  const place = (digits: string) => {
    const footer = estargzFooter(0);
    footer.write(digits, 16);
    return footer;
  };
  const openBlob = (blob: Uint8Array) =>
    createEstargzFormat().open(createMemoryBlob(blob), { annotations: {}, allowUnverified: true });

  it('the right one opens', async () => {
    expect(await openBlob(withFooter(estargzFooter(data.length)))).toMatchObject({ inodeCount: 1 });
  });

  it.each([
    ['at the start of the blob', place('0'.repeat(16))],
    ['one byte early', estargzFooter(data.length - 1)],
    ['one byte late', estargzFooter(data.length + 1)],
    ['at itself', estargzFooter(data.length + table.length)],
    ['behind the blob', estargzFooter(2 ** 45)],
    ['at 2^63', place('8000000000000000')],
    ['at 2^64 - 1', place('ffffffffffffffff')],
  ])('that points %s is refused', async (_, footer) => {
    await expect(openBlob(withFooter(footer))).rejects.toMatchObject({ name: 'LayerError', code: 'CORRUPT' });
  });

  it.each([
    ['with a negative offset', place('-000000000000001')],
    ['with capital digits', place('00000000000003EB')],
    ['cut short', estargzFooter(data.length).subarray(0, 50)],
    ['followed by a byte', Buffer.concat([estargzFooter(data.length), Buffer.alloc(1)])],
    ['that is missing', Buffer.alloc(0)],
  ])('%s is that of another format', async (_, footer) => {
    expect(await openBlob(withFooter(footer))).toBeUndefined();
  });

  it.each([0, 1, 46, 50])('is not looked for in a blob of %i bytes', async (length) => {
    expect(await openBlob(Buffer.alloc(length))).toBeUndefined();
  });
});
