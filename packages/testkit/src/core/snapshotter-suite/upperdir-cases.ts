import { UPPERDIR_LABEL } from '@sluice/snapshotter-core';
import { expect, it } from 'vitest';
import { collect } from '../collect.ts';
import type { SuiteContext } from './suite-context.ts';

/** The option `upperdirLabel`, as containerd's overlay driver has it. */
export function upperdirCases(on: SuiteContext): void {
  it('say in stat, list and update where the own content of every kind is', async () => {
    await on.make('base', '', { l: '1' });
    await on.snapshotter.prepare('active', 'base', {});
    await on.snapshotter.view('view', 'base', {});
    const listed = await collect(on.snapshotter.list([]));
    for (const name of ['base', 'active', 'view']) {
      const path = on.dirs.contentPath(on.id(name));
      expect((await on.snapshotter.stat(name)).labels[UPPERDIR_LABEL]).toBe(path);
      expect(listed.find((info) => info.name === name)?.labels[UPPERDIR_LABEL]).toBe(path);
      expect((await on.snapshotter.update(name, { n: '2' }, [])).labels).toEqual({
        n: '2',
        [UPPERDIR_LABEL]: path,
      });
    }
  });

  it('are not stored, and filters do not see them', async () => {
    await on.make('base');
    expect(on.meta.read((tx) => tx.get('base'))?.labels).toEqual({});
    expect(await on.names(`labels."${UPPERDIR_LABEL}"`)).toEqual([]);
  });
}
