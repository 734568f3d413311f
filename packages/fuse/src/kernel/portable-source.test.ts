import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mapFile } from '@sluice/linux';
import { buildTree } from '@sluice/testkit/fuse';
import { describe, expect, it } from 'vitest';
import { packSource, type ServedSource, unpackSource } from './portable-source.ts';

const source = buildTree(
  {
    type: 'dir',
    children: new Map([
      ['file', { type: 'file', bytes: Buffer.from('some bytes'), xattrs: { 'user.a': Buffer.from('b') } }],
      ['link', { type: 'symlink', target: 'file' }],
    ]),
  },
  '/contents',
);

/** The same source with its tree in a mapped file. */
function mapped({ tree, content }: ServedSource): ServedSource {
  const columns = [...Object.values(tree.inodes), ...Object.values(tree.entries), tree.names, tree.xattrs];
  const at = new Map<ArrayBufferView, number>();
  const parts = columns.map((column) => {
    const padded = Buffer.alloc(Math.ceil(column.byteLength / 8) * 8);
    padded.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
    return padded;
  });
  for (let i = 0, end = 0; i < columns.length; end += parts[i++]!.length) at.set(columns[i]!, end);
  const buffer = mapBytes(Buffer.concat(parts));
  const moved = <T extends Float64Array | Uint32Array | Uint16Array | Uint8Array>(column: T): T => {
    const type = column.constructor as new (buffer: ArrayBuffer, at: number, length: number) => T;
    return new type(buffer, at.get(column)!, column.length);
  };
  const allOf = <T extends object>(group: T): T =>
    Object.fromEntries(Object.entries(group).map(([key, column]) => [key, moved(column)])) as T;
  const { inodeCount, inodes, entries, names, xattrs } = tree;
  return {
    tree: {
      inodeCount,
      inodes: allOf(inodes),
      entries: allOf(entries),
      names: moved(names),
      xattrs: moved(xattrs),
    },
    content,
  };
}

function mapBytes(bytes: Uint8Array): ArrayBuffer {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-portable-'));
  writeFileSync(join(directory, 'columns'), bytes);
  const fd = openSync(join(directory, 'columns'), 'r');
  try {
    return mapFile(fd, bytes.length);
  } finally {
    closeSync(fd);
    rmSync(directory, { recursive: true });
  }
}

describe('a source as a message', () => {
  it('comes out as it went in, where it lies in ordinary memory', () => {
    expect(unpackSource(structuredClone(packSource(source)))).toEqual({
      tree: source.tree,
      content: { reads: undefined, sealSalt: undefined, ...source.content },
    });
  });

  it('comes out as it went in, where it lies in a mapped file, and none of the file is in the message', () => {
    const original = mapped(source);
    const message = structuredClone(packSource(original));
    expect(message.packed).toMatchObject({
      tree: { names: { type: 'Uint8Array', length: source.tree.names.length } },
    });
    const back = unpackSource(message);
    expect(back.tree).toEqual(source.tree);
    expect(back.tree.names.buffer).toBeInstanceOf(ArrayBuffer);
    expect(back.content.present.buffer).toBe(
      message.packed && (message.packed as ServedSource).content.present.buffer,
    );
  });

  it('leaves out what the pump has no use for', () => {
    const more = { ...source, tree: { ...source.tree, secret: 1 }, fill: () => {} };
    expect(unpackSource(structuredClone(packSource(more)))).toEqual(unpackSource(packSource(source)));
  });
});
