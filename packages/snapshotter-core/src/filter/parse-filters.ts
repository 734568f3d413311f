import type { SnapshotInfo } from '../snapshot-info.ts';
import { SnapshotterError } from '../snapshotter-error.ts';
import { TARGET_LABEL } from '../well-known-labels.ts';
import { parseSelectors } from './parse-selectors.ts';
import { labelOf, matchSelector, type Selector } from './selector.ts';

/** Far more than any client sends; a bound for what one call may cost. */
const MAX_FILTERS = 1000;
const MAX_FILTER_LENGTH = 64 * 1024;

/** What an index can answer: snapshots by name, or by `TARGET_LABEL` and parent. */
export type Bound = { readonly name: string } | { readonly target: string; readonly parent: string };

/** Several filters of containerd's filter language: a snapshot matches if one of them does. */
export interface Filter {
  matches(info: SnapshotInfo): boolean;
  /**
   * Every snapshot that matches is within one of these; undefined if it can be any. containerd asks in this way
   * for each layer that it was told exists.
   */
  readonly bounds: readonly Bound[] | undefined;
}

/**
 * Parses filters. None at all match everything, and so does an empty one.
 *
 * @throws SnapshotterError INVALID_ARGUMENT says which filter is wrong, where and how
 */
export function parseFilters(filters: readonly string[]): Filter {
  refuseTooMuch(filters);
  if (filters.length === 0 || filters.includes('')) {
    for (const filter of filters) if (filter !== '') parseSelectors(filter);
    return { matches: () => true, bounds: undefined };
  }
  const alternatives = filters.map(parseSelectors);
  const bounds = alternatives.map(boundOf);
  return {
    matches: (info) => alternatives.some((all) => all.every((selector) => matchSelector(selector, info))),
    bounds: bounds.every((bound) => bound !== undefined) ? bounds : undefined,
  };
}

function refuseTooMuch(filters: readonly string[]): void {
  if (filters.length <= MAX_FILTERS && filters.every(({ length }) => length <= MAX_FILTER_LENGTH)) return;
  throw new SnapshotterError(
    'INVALID_ARGUMENT',
    `more than ${MAX_FILTERS} filters, or one of more than ${MAX_FILTER_LENGTH} characters`,
  );
}

function boundOf(selectors: readonly Selector[]): Bound | undefined {
  const name = equalTo(selectors, (path) => path[0] === 'name');
  if (name !== undefined) return { name };
  const target = equalTo(selectors, (path) => labelOf(path) === TARGET_LABEL);
  const parent = equalTo(selectors, (path) => path[0] === 'parent');
  return target === undefined || parent === undefined ? undefined : { target, parent };
}

/** The value that the field must have, where a selector says so. */
function equalTo(
  selectors: readonly Selector[],
  isField: (path: readonly string[]) => boolean,
): string | undefined {
  for (const selector of selectors) {
    if (selector.operator === '==' && isField(selector.path)) return selector.value;
  }
  return undefined;
}
