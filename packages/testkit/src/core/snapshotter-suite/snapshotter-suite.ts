import { describe } from 'vitest';
import { labelCases } from './label-cases.ts';
import { listCases } from './list-cases.ts';
import { ordinaryCases } from './ordinary-cases.ts';
import { remoteCases } from './remote-cases.ts';
import { restartCases } from './restart-cases.ts';
import { type SnapshotterFixture, useSnapshotter } from './suite-context.ts';
import { upperdirCases } from './upperdir-cases.ts';

/**
 * What the snapshotter must do on any `MetaStore` and `LayerDirs`, as containerd, its clients and its own suite
 * expect. Runs as vitest tests; each takes a fixture of its own and disposes of it.
 */
export function snapshotterSuite(name: string, createFixture: () => Promise<SnapshotterFixture>): void {
  describe(`Snapshotter: ${name}`, () => {
    const context = useSnapshotter(createFixture);
    ordinaryCases(context);
    labelCases(context);
    listCases(context);
    remoteCases(context);
    restartCases(context);
  });

  describe(`Snapshotter with upperdir labels: ${name}`, () => {
    upperdirCases(useSnapshotter(createFixture, { upperdirLabel: true }));
  });
}
