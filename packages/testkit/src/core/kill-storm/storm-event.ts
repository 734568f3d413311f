import type { Labels } from '@sluice/snapshotter-core';

/** A call to a snapshotter, with names as they are in the store. */
export type StormCall =
  | {
      readonly call: 'prepare' | 'view';
      readonly name: string;
      readonly parent: string;
      readonly labels: Labels;
    }
  /** Several Prepares for one layer, by as many clients at the same time. */
  | { readonly call: 'provide'; readonly name: string; readonly parent: string; readonly labels: Labels }
  | { readonly call: 'commit'; readonly name: string; readonly key: string; readonly labels: Labels }
  | { readonly call: 'update'; readonly name: string; readonly labels: Labels }
  | { readonly call: 'remove'; readonly name: string };

/**
 * What a client did, in the order in which it did it: one line of the journal each. A call that has begun and not
 * ended was under way when the process was killed.
 */
export type StormEvent =
  | { readonly event: 'begin'; readonly n: number; readonly what: StormCall }
  /** `error` is the code of a call that failed, which must not have had any effect. */
  | { readonly event: 'end'; readonly n: number; readonly error?: string }
  /** The snapshot's own content has the file `OWN_FILE` now, with its key. */
  | { readonly event: 'wrote'; readonly name: string };

/** Written into every active snapshot, as a client unpacks a layer. */
export const OWN_FILE = 'own';
