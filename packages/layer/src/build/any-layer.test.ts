import {
  buildEstargz,
  createMemoryBlob,
  describeLayer,
  type EstargzBlob,
  type LayerFile,
  type TocEntryJson,
} from '@sluice/testkit/estargz';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkLayerIndex } from '../check-layer-index.ts';
import { chunkRange, chunkSize, contentChunks } from '../chunk-queries.ts';
import { decodeChunk } from '../decode-chunk.ts';
import { createEstargzFormat } from '../estargz/create-estargz-format.ts';
import { LayerError } from '../layer-error.ts';

const name = fc.constantFrom('a', 'b', 'c', 'é', 'dd', 'e e', '.x');
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));
const meta = fc.record({
  mode: fc.nat(0o7777),
  uid: fc.nat(2 ** 32 - 2),
  gid: fc.nat(70_000),
  mtimeSec: fc.nat(4_000_000_000),
  mtimeNsec: fc.nat(999_999_999),
  xattrs: fc.dictionary(fc.stringMatching(/^user\.[a-z]{1,5}$/), fc.string({ unit: 'grapheme' }), {
    maxKeys: 2,
  }),
});
const kind = fc.oneof(
  fc.constant({ type: 'dir' as const }),
  fc.constant({ type: 'fifo' as const }),
  fc.record({ type: fc.constant('reg' as const), content: fc.uint8Array({ maxLength: 100 }) }),
  fc.record({
    type: fc.constant('symlink' as const),
    target: fc.string({ unit: 'grapheme-ascii', minLength: 1 }),
  }),
  fc.record({ type: fc.constant('block' as const), major: fc.nat(4095), minor: fc.nat(2 ** 20 - 1) }),
);
/** Files at distinct paths, none below another that is no directory. */
const tree = fc.dictionary(path, fc.tuple(meta, kind), { maxKeys: 12 }).map((all) =>
  Object.entries(all)
    .filter(([at]) =>
      Object.entries(all).every(([other, [, { type }]]) => !at.startsWith(`${other}/`) || type === 'dir'),
    )
    .map(([at, [about, what]]) => ({ name: at, ...about, ...what })),
);

const typeBits = { dir: 0o040000, fifo: 0o010000, reg: 0o100000, symlink: 0o120000, block: 0o060000 };

async function open(built: EstargzBlob) {
  return (await createEstargzFormat().open(createMemoryBlob(built.blob), {
    annotations: built.annotations,
  }))!;
}

describe('any tree', () => {
  it('comes out of its layer as it went in, byte for byte', async () => {
    const property = fc.asyncProperty(
      fc.shuffledSubarray(['a', 'b']),
      tree,
      fc.integer({ min: 1, max: 50 }),
      fc.constantFrom(0, 30, 5000),
      async (prioritized, files, chunkSizeBytes, minMemberBytes) => {
        const built = buildEstargz(files, { chunkSizeBytes, minMemberBytes, prioritized });
        const index = await open(built);
        checkLayerIndex(index);
        const seen = describeLayer(index);
        for (const file of files) {
          const node = seen.get(file.name)!;
          const mode = typeBits[file.type] | (file.type === 'symlink' ? 0o777 : file.mode);
          expect(node).toMatchObject({ mode, uid: file.uid, gid: file.gid, xattrs: file.xattrs });
          expect(node).toMatchObject({ mtimeSec: file.mtimeSec, mtimeNsec: file.mtimeNsec });
          if (file.type === 'symlink') expect(node.target).toBe(file.target);
          if (file.type === 'reg')
            expect(await read(built, index, node.content)).toEqual(Buffer.from(file.content));
        }
        const implied = files.flatMap((file) => parents(file.name));
        expect(new Set(seen.keys())).toEqual(new Set(['', ...implied, ...files.map((file) => file.name)]));
      },
    );
    await fc.assert(property, { numRuns: 150 });
  });
});

function parents(of: string): string[] {
  const names = of.split('/');
  return names.slice(1).map((_, i) => names.slice(0, i + 1).join('/'));
}

async function read(
  built: EstargzBlob,
  index: Awaited<ReturnType<typeof open>>,
  content: number | undefined,
) {
  if (content === undefined) return Buffer.alloc(0);
  const parts: Uint8Array[] = [];
  const { first, end } = contentChunks(index, content);
  for (let chunk = first; chunk < end; chunk++) {
    const { offset, length } = chunkRange(index, chunk);
    const bytes = await decodeChunk(index, chunk, built.blob.subarray(offset, offset + length));
    expect(bytes.length).toBe(chunkSize(index, chunk));
    parts.push(bytes);
  }
  return Buffer.concat(parts);
}

describe('any nonsense', () => {
  const hostileName = fc.oneof(
    path,
    fc.constantFrom(
      '',
      '/',
      '.',
      '..',
      'a/..',
      '.wh.a',
      '.wh..wh..opq',
      'a/.wh.b',
      '.wh.',
      './/',
      '.prefetch.landmark',
    ),
  );
  const hostileNumber = fc.oneof(
    fc.nat(200),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.constantFrom(2 ** 53, 1e300, -0.5),
  );
  const digest = fc.constantFrom(
    '',
    'x',
    `sha256:${'a'.repeat(64)}`,
    `sha256:${'b'.repeat(64)}`,
    `sha512:${'a'.repeat(128)}`,
  );
  const hostileEntry = fc.record(
    {
      name: hostileName,
      type: fc.constantFrom('dir', 'reg', 'symlink', 'hardlink', 'char', 'block', 'fifo', 'chunk'),
      linkName: hostileName,
      size: hostileNumber,
      offset: hostileNumber,
      innerOffset: hostileNumber,
      chunkOffset: hostileNumber,
      chunkSize: hostileNumber,
      uid: hostileNumber,
      devMajor: hostileNumber,
      digest,
      chunkDigest: digest,
    },
    { requiredKeys: ['name', 'type'] },
  );

  it('in a table of contents gives an index in order, or a LayerError', async () => {
    let accepted = 0;
    const property = fc.asyncProperty(
      fc.array(hostileEntry, { maxLength: 6 }),
      fc.boolean(),
      async (entries, trusted) => {
        const built = buildEstargz([], {
          editToc: (toc) => {
            toc.entries = entries as TocEntryJson[];
          },
        });
        const blob = createMemoryBlob(built.blob);
        const hints = { annotations: built.annotations, allowUnverified: trusted };
        try {
          const index = (await createEstargzFormat().open(blob, hints))!;
          checkLayerIndex(index);
          describeLayer(index);
          accepted++;
        } catch (error) {
          expect(error).toBeInstanceOf(LayerError);
        }
      },
    );
    await fc.assert(property, { numRuns: 1000 });
    expect(accepted).toBeGreaterThan(50);
  });

  it('in a blob gives an index, a LayerError, or no such format', async () => {
    const files: LayerFile[] = [{ name: 'a/b', type: 'reg', content: 'hello' }];
    const { blob: good, annotations } = buildEstargz(files);
    const edits = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 5 });
    const property = fc.asyncProperty(edits, fc.boolean(), async (changes, trusted) => {
      const bytes = Buffer.from(good);
      for (const [at, byte] of changes) bytes[at] = byte;
      const hints = trusted ? { annotations: {}, allowUnverified: true } : { annotations };
      try {
        const index = await createEstargzFormat().open(createMemoryBlob(bytes), hints);
        if (index) checkLayerIndex(index);
      } catch (error) {
        expect(error).toBeInstanceOf(LayerError);
      }
    });
    await fc.assert(property, { numRuns: 500 });
  });
});
