import { describe, expect, it } from 'vitest';
import { elfFile } from '../../test/hints/elf-file.ts';
import { makeHintedLayer } from '../../test/hints/make-hinted-layer.ts';
import { eventually, noise } from '../../test/test-layer.ts';
import { createStartHints, type StartHintsOptions } from './start-hints.ts';

type Files = Parameters<typeof makeHintedLayer>[0];

/** An image whose layers, the lowest first, have these files. */
async function setUp(layers: readonly Files[], options?: StartHintsOptions) {
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const hints = createStartHints({ logger }, { words: true, ...options });
  const made = await Promise.all(
    layers.map((files) => makeHintedLayer(files, { chunkSizeBytes: 64 * 1024 })),
  );
  for (const { layer } of made) {
    hints.add(layer);
    layer.watch({
      missed: () => void hints.look(),
      arrived: (chunk, bytes) => hints.arrived(layer, chunk, bytes),
    });
  }
  const brought = () => made.flatMap((one) => one.brought);
  const settle = async () => {
    for (let before = -1; before !== brought().length; ) {
      before = brought().length;
      hints.look();
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { hints, made, brought, settle };
}

const loader = '/lib64/ld.so.2';

describe('createStartHints', () => {
  it('fetches what a program needs, and what that needs, from whichever layer has it', async () => {
    const { made, brought, settle } = await setUp([
      {
        'usr/lib/libc.so.6': elfFile({ interpreter: loader }),
        'lib64/ld.so.2': elfFile({}),
        'usr/lib/unrelated.so.1': 'x',
      },
      {
        'usr/bin/app': elfFile({ interpreter: loader, needed: ['libown.so.1'], runpath: '$ORIGIN/../own' }),
        'usr/own/libown.so.1': '->libown.so.1.5',
        'usr/own/libown.so.1.5': elfFile({ needed: ['libc.so.6', 'libnowhere.so'] }),
      },
    ]);
    made[1]!.read('usr/bin/app');
    await settle();
    expect(brought().toSorted()).toEqual(['lib64/ld.so.2', 'usr/lib/libc.so.6', 'usr/own/libown.so.1.5']);
  });

  it('fetches the end of a large program to see what it needs', async () => {
    const { made, brought, settle } = await setUp([
      { 'bin/big': elfFile({ needed: ['libx.so'], code: noise(300_000) }), 'usr/lib/libx.so': elfFile({}) },
    ]);
    const { layer } = made[0]!;
    // Only its first chunk is read.
    layer.reads[1 + layer.index.contents.chunkStart[made[0]!.contentOf('bin/big')]!] = layer.reads[0] = 1;
    await layer.bring([layer.index.contents.chunkStart[made[0]!.contentOf('bin/big')]!]);
    made[0]!.brought.length = 0;
    await settle();
    expect(brought()).toEqual(['bin/big', 'usr/lib/libx.so']);
  });

  it('fetches what programs name beside themselves, with what those name', async () => {
    const { made, brought, settle } = await setUp([
      {
        'lib/main.js': "require('./util'); require('./sub/part.js')",
        'lib/util.js': "require('deep')",
        'lib/sub/part.js': '// nothing',
        'lib/deep/index.js': '// nothing more',
        'lib/other.js': '// not named',
        'lib/util.d.ts': 'of a kind that nobody reads',
      },
    ]);
    made[0]!.read('lib/main.js');
    await settle();
    expect(brought().toSorted()).toEqual(['lib/deep/index.js', 'lib/sub/part.js', 'lib/util.js']);
  });

  it('finds what is named in directories of which something else was read', async () => {
    const { made, brought, settle } = await setUp([
      { 'app/main.c': '#include <sys/types.h>\n#include <stdio.h>' },
      {
        'usr/include/stdio.h': '/* */',
        'usr/include/sys/types.h': '/* 2 */',
        'usr/include/math.h': '/* 3 */',
      },
    ]);
    made[0]!.read('app/main.c');
    await settle();
    expect(brought()).toEqual([]);
    made[1]!.read('usr/include/stdio.h');
    await settle();
    expect(brought()).toEqual(['usr/include/sys/types.h']);
  });

  it('fetches sources with the bytecode of which they are, where both are read', async () => {
    const modules = ['a', 'b', 'c'].flatMap((name): [string, string][] => [
      [`lib/${name}.py`, `# ${name}`],
      [`lib/__pycache__/${name}.311.pyc`, `\0${name}\0`],
      [`lib/__pycache__/${name}.311.opt-1.pyc`, `\0${name}1\0`],
    ]);
    const { made, brought, settle } = await setUp([
      {
        ...Object.fromEntries(modules),
        'lib/__pycache__/main.311.pyc': '\0aa\0b\0c\0',
        'lib/a.py': 'import b, bb, c',
      },
    ]);
    made[0]!.read('lib/__pycache__/a.311.pyc');
    await settle();
    expect(brought()).toEqual([]);
    made[0]!.read('lib/a.py');
    await settle();
    // No single letters are words; but the group of what is read is.
    expect(brought()).toEqual([]);
    made[0]!.read('lib/__pycache__/b.311.pyc');
    await settle();
    expect(brought()).toEqual(['lib/b.py']);
  });

  it('fetches no more in vain than it may', async () => {
    const names = Array.from({ length: 200 }, (_, at) => `module${at}x`);
    const files = Object.fromEntries(names.map((name, at) => [`lib/${name}.js`, noise(2000, at + 1)]));
    const { made, brought, settle } = await setUp([{ ...files, 'lib/list.js': names.join(' ') }], {
      creditBytes: 20_000,
      share: 0,
    });
    made[0]!.read('lib/list.js');
    await settle();
    const first = brought().length;
    expect(first).toBeGreaterThan(5);
    expect(first).toBeLessThanOrEqual(10);
    for (const path of brought().slice()) made[0]!.read(path);
    await settle();
    expect(brought().length).toBeGreaterThan(first);
  });

  it('looks no more at layers that are gone', async () => {
    const { hints, made, brought, settle } = await setUp([{ 'a/main.js': 'util', 'a/util.js': '//' }]);
    hints.remove(made[0]!.layer);
    made[0]!.read('a/main.js');
    await settle();
    expect(brought()).toEqual([]);
  });

  it('does not depend on when chunks come', async () => {
    const { made, brought, hints } = await setUp([
      { 'a/main.js': 'util', 'a/util.js': 'last', 'a/last.js': '//' },
    ]);
    made[0]!.read('a/main.js');
    await eventually(() => {
      hints.look();
      return brought().length === 2;
    });
    expect(brought()).toEqual(['a/util.js', 'a/last.js']);
  });
});
