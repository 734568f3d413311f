import type { Context } from '../context.ts';
import type { Labels } from '../labels.ts';
import type { SnapshotInfo } from '../snapshot-info.ts';
import { SnapshotterError } from '../snapshotter-error.ts';
import { validateLabels } from '../validate-labels.ts';
import { requireSnapshot } from './require-snapshot.ts';
import { toInfo } from './to-info.ts';

const ONE_LABEL = 'labels.';

export async function update(
  context: Context,
  name: string,
  change: { readonly labels: Labels; readonly paths: readonly string[] },
): Promise<SnapshotInfo> {
  refuseImmutable(name, change.paths);
  const record = await context.meta.write((tx) => {
    const labels = changeLabels(requireSnapshot(tx, name).labels, change);
    validateLabels(labels);
    return tx.update(name, labels, context.clock());
  });
  return toInfo(context, record);
}

function refuseImmutable(name: string, paths: readonly string[]): void {
  const wrong = paths.find((path) => path !== 'labels' && !path.startsWith(ONE_LABEL));
  if (wrong === undefined) return;
  throw new SnapshotterError(
    'INVALID_ARGUMENT',
    `cannot update ${JSON.stringify(wrong)} of snapshot ${name}: only labels and labels.<key> can be changed`,
  );
}

function changeLabels(
  labels: Labels,
  change: { readonly labels: Labels; readonly paths: readonly string[] },
): Labels {
  const result = new Map(Object.entries(labels));
  for (const path of change.paths.length > 0 ? change.paths : ['labels']) {
    if (path === 'labels') {
      result.clear();
      for (const [key, value] of Object.entries(change.labels)) result.set(key, value);
    } else {
      const key = path.slice(ONE_LABEL.length);
      result.set(key, Object.hasOwn(change.labels, key) ? change.labels[key]! : '');
    }
  }
  return Object.fromEntries([...result].filter(([, value]) => value !== ''));
}
