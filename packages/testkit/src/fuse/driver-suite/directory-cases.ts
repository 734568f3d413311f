import { describe, expect, it } from 'vitest';
import type { TreeNode } from '../tree-node.ts';
import { dir, file } from './nodes.ts';
import type { SuiteContext } from './suite-context.ts';

const DT_DIR = 4;
const DT_REG = 8;
const DT_LNK = 10;

/** One short and one long name in turn, so that entries end at every place of a reply. */
function manyEntries(count: number): Record<string, TreeNode> {
  const children: Record<string, TreeNode> = {};
  for (let i = 0; i < count; i++)
    children[i % 2 === 0 ? `${i}` : `entry-${'x'.repeat(i % 97)}-${i}`] = { type: 'fifo' };
  return children;
}

export function directoryCases(context: SuiteContext): void {
  const walk = (...path: string[]) => context.client.call('walkDirectory', context.at(...path));

  describe('directories', () => {
    it('list dot and dot-dot with the inodes that they lead to, and the type of every entry', async () => {
      await context.serve(
        dir({ sub: dir({ d: dir({}), f: file('x'), l: { type: 'symlink', target: 'f' } }) }),
      );
      const { head } = await walk('sub');
      const root = await context.client.call('lstat', context.mountpoint);
      const sub = await context.client.call('lstat', context.at('sub'));
      expect(head.find(({ name }) => name === '.')).toMatchObject({ ino: sub.ino, type: DT_DIR });
      expect(head.find(({ name }) => name === '..')).toMatchObject({ ino: root.ino, type: DT_DIR });
      const types = Object.fromEntries(head.map(({ name, type }) => [name, type]));
      expect(types).toMatchObject({ d: DT_DIR, f: DT_REG, l: DT_LNK });
    });

    it('list nothing but the dots when they are empty', async () => {
      await context.serve(dir({ empty: dir({}) }));
      expect(await walk('empty')).toMatchObject({ count: 2, rewound: true });
      expect(await context.client.call('readdir', context.at('empty'))).toEqual([]);
    });

    it('of 300 entries can be sought and rewound', async () => {
      await context.serve(dir({ some: dir(manyEntries(300)) }));
      const seen = await walk('some');
      expect(seen).toMatchObject({ count: 302, distinct: 302, rewound: true });
      expect(seen.seeks.filter(({ same }) => !same)).toEqual([]);
      expect(seen.seeks).toHaveLength(6);
    });

    it('of 100,000 entries are listed completely and exactly once, and every entry is found', async () => {
      await context.serve(dir({ many: dir(manyEntries(100_000)) }));
      const seen = await walk('many');
      expect(seen).toMatchObject({ count: 100_002, distinct: 100_002, rewound: true });
      expect(seen.seeks.every(({ same }) => same)).toBe(true);
      const { mode } = await context.client.call('lstat', context.at('many', '99998'));
      expect(mode).toBe(0o010644n);
    });
  });
}
