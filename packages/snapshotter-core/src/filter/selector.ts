import type { SnapshotInfo } from '../snapshot-info.ts';
import type { Instruction } from './pattern/compile-pattern.ts';
import { matchPattern } from './pattern/match-pattern.ts';

/**
 * One condition of a filter. A field that is absent counts as '' for '!=' and '~='.
 * Source: containerd pkg/filters/filter.go, `selector.Match`.
 */
export type Selector = { readonly path: readonly string[] } & (
  | { readonly operator: 'present' }
  | { readonly operator: '==' | '!='; readonly value: string }
  | { readonly operator: '~='; readonly program: readonly Instruction[] }
);

export function matchSelector(selector: Selector, info: SnapshotInfo): boolean {
  const value = fieldOf(info, selector.path);
  switch (selector.operator) {
    case 'present':
      return value !== undefined;
    case '==':
      return value === selector.value;
    case '!=':
      return (value ?? '') !== selector.value;
    case '~=':
      return matchPattern(selector.program, value ?? '');
  }
}

/** The key of the label that a path means; undefined where it means something else. */
export function labelOf(path: readonly string[]): string | undefined {
  return path[0] === 'labels' ? path.slice(1).join('.') : undefined;
}

/** Source: containerd core/snapshots/storage/bolt.go, `adaptSnapshot`. */
function fieldOf(info: SnapshotInfo, path: readonly string[]): string | undefined {
  switch (path[0]) {
    case 'name':
      return info.name;
    case 'parent':
      return info.parent;
    case 'kind':
      return info.kind;
    case 'labels': {
      const key = labelOf(path)!;
      return Object.hasOwn(info.labels, key) ? info.labels[key] : undefined;
    }
    default:
      return undefined;
  }
}
