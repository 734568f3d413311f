import type { Labels, SnapshotKind } from '@sluice/snapshotter-core';
import type { StormCall, StormEvent } from './storm-event.ts';

/** What must be true of a snapshot. */
export interface StormSnapshot {
  readonly kind: SnapshotKind;
  readonly parent: string;
  readonly labels: Labels;
  readonly remote: boolean;
  /** What `OWN_FILE` must hold; undefined where it may be missing. */
  readonly own?: string | undefined;
}

/** Undefined: there is none. */
type State = StormSnapshot | undefined;

/** What a call changes: the states of names, all of them or none. */
export type StormChange = ReadonlyMap<string, State>;

/** The snapshots that must be there, as far as clients were told. */
export class StormModel {
  readonly snapshots = new Map<string, StormSnapshot>();

  /**
   * Takes what a process did until it was killed.
   *
   * @returns the changes that may have been made or not, as nobody was told
   */
  replay(events: readonly StormEvent[]): readonly StormChange[] {
    const underWay = new Map<number, StormCall>();
    for (const it of events) {
      if (it.event === 'begin') underWay.set(it.n, it.what);
      else if (it.event === 'wrote') this.#wrote(it.name);
      else {
        const call = underWay.get(it.n);
        underWay.delete(it.n);
        if (call && it.error === undefined) this.apply(this.#changeOf(call));
      }
    }
    return [...underWay.values()].map((call) => this.#changeOf(call));
  }

  apply(change: StormChange): void {
    for (const [name, state] of change) {
      if (state) this.snapshots.set(name, state);
      else this.snapshots.delete(name);
    }
  }

  #wrote(name: string): void {
    const snapshot = this.snapshots.get(name);
    if (snapshot) this.snapshots.set(name, { ...snapshot, own: name });
  }

  #changeOf(what: StormCall): StormChange {
    const { call, name } = what;
    const before = this.snapshots.get(name);
    switch (call) {
      case 'prepare':
      case 'view': {
        const kind = call === 'view' ? 'view' : 'active';
        return new Map([[name, { kind, parent: what.parent, labels: what.labels, remote: false }]]);
      }
      case 'provide':
        return new Map([
          [name, { kind: 'committed', parent: what.parent, labels: what.labels, remote: true }],
        ]);
      case 'update':
        return before ? new Map([[name, { ...before, labels: what.labels }]]) : new Map();
      case 'remove':
        return new Map([[name, undefined]]);
      case 'commit': {
        const active = this.snapshots.get(what.key);
        if (!active) return new Map();
        const committed: State = { ...active, kind: 'committed', labels: what.labels };
        return new Map<string, State>([
          [what.key, undefined],
          [name, committed],
        ]);
      }
    }
  }
}
