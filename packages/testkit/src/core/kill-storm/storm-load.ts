import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type ManagedSnapshotter,
  type Mount,
  type SnapshotInfo,
  SnapshotterError,
  TARGET_LABEL,
} from '@sluice/snapshotter-core';
import { OWN_FILE, type StormCall, type StormEvent } from './storm-event.ts';

/** Above this, clients remove more than they make. */
const MANY = 400;

/** How many ask for the same layer at the same time. */
const ASKING = 3;

/**
 * A mixed load: each client makes one call after another, chosen at random, on snapshots that no other client
 * changes at the same time. Parents are shared.
 */
export class StormLoad {
  readonly #snapshotter: ManagedSnapshotter;
  readonly #run: string;
  readonly #record: (event: StormEvent) => void;
  /** Snapshots that nobody is changing, by kind. */
  readonly #idle = { active: [] as string[], view: [] as string[], committed: [] as string[] };
  #lastCall = 0;

  /**
   * @param run distinguishes the names of this run
   * @param there snapshots of earlier runs
   * @param record is called before and after every call, and must have lasting effect
   */
  constructor(deps: {
    snapshotter: ManagedSnapshotter;
    run: string;
    there: readonly SnapshotInfo[];
    record: (event: StormEvent) => void;
  }) {
    this.#snapshotter = deps.snapshotter;
    this.#run = deps.run;
    this.#record = deps.record;
    for (const { name, kind } of deps.there) this.#idle[kind].push(name);
  }

  /** One client. Never returns. */
  async client(): Promise<never> {
    for (;;) {
      await this.#step();
      if (randomInt(50) === 0) await delay(1);
    }
  }

  async #step(): Promise<void> {
    const count = this.#idle.active.length + this.#idle.view.length + this.#idle.committed.length;
    const dice = randomInt(count > MANY ? 80 : 0, 110);
    if (dice < 30) await this.#make('prepare');
    else if (dice < 36) await this.#make('view');
    else if (dice < 44) await this.#provide();
    else if (dice < 70) await this.#commit();
    else if (dice < 85) await this.#update();
    else if (dice < 108) await this.#remove();
    else await this.#snapshotter.cleanup();
  }

  async #make(call: 'prepare' | 'view'): Promise<void> {
    const [name, parent, labels] = [this.#newName(call), this.#parent(), this.#labels()];
    const mounts = await this.#attempt({ call, name, parent, labels }, () =>
      this.#snapshotter[call](name, parent, labels),
    );
    if (!mounts) return;
    if (call === 'prepare') {
      writeFileSync(join(upperOf(mounts), OWN_FILE), name);
      this.#record({ event: 'wrote', name });
    }
    this.#idle[call === 'prepare' ? 'active' : 'view'].push(name);
  }

  async #provide(): Promise<void> {
    const [name, parent] = [this.#newName('layer'), this.#parent()];
    const labels = { ...this.#labels(), [TARGET_LABEL]: name };
    const ask = async (i: number) => {
      const asked = this.#snapshotter.prepare(`${name} ${i}`, parent, labels);
      const answer = await asked.then(
        () => new Error(`${name} is not lazy`),
        (error: unknown) => error,
      );
      if (codeOf(answer) !== 'ALREADY_EXISTS') throw answer;
    };
    const done = await this.#attempt({ call: 'provide', name, parent, labels }, async () => {
      const results = await Promise.allSettled(Array.from({ length: ASKING }, (_, i) => ask(i)));
      const refused = results.find((result) => result.status === 'rejected');
      // The parent may be gone: then all are refused.
      if (refused) throw refused.reason;
      return true;
    });
    if (done) this.#idle.committed.push(name);
  }

  async #commit(): Promise<void> {
    const key = take(this.#idle.active);
    if (key === undefined) return;
    const [name, labels] = [this.#newName('committed'), this.#labels()];
    const done = await this.#attempt({ call: 'commit', name, key, labels }, async () => {
      await this.#snapshotter.commit(name, key, labels);
      return true;
    });
    if (done) this.#idle.committed.push(name);
    else this.#idle.active.push(key);
  }

  async #update(): Promise<void> {
    const kind = this.#anyKind();
    const name = take(this.#idle[kind]);
    if (name === undefined) return;
    const labels = this.#labels();
    await this.#attempt({ call: 'update', name, labels }, () =>
      this.#snapshotter.update(name, labels, ['labels']),
    );
    this.#idle[kind].push(name);
  }

  async #remove(): Promise<void> {
    const kind = this.#anyKind();
    const name = take(this.#idle[kind]);
    if (name === undefined) return;
    const done = await this.#attempt({ call: 'remove', name }, async () => {
      await this.#snapshotter.remove(name);
      return true;
    });
    if (!done) this.#idle[kind].push(name);
  }

  /** @returns undefined if the call was refused */
  async #attempt<T>(what: StormCall, call: () => Promise<T>): Promise<T | undefined> {
    const n = ++this.#lastCall;
    this.#record({ event: 'begin', n, what });
    try {
      const result = await call();
      this.#record({ event: 'end', n });
      return result;
    } catch (error) {
      const code = codeOf(error);
      // A parent that is gone, or has children. Anything else is a fault, which the test is to see.
      if (code !== 'NOT_FOUND' && code !== 'FAILED_PRECONDITION') throw error;
      this.#record({ event: 'end', n, error: code });
      return undefined;
    }
  }

  #newName(what: string): string {
    return `${this.#run}/${what} ${++this.#lastCall}`;
  }

  #labels(): Record<string, string> {
    return { call: `${++this.#lastCall}`, padding: 'x'.repeat(randomInt(1, 300)) };
  }

  #parent(): string {
    const { committed } = this.#idle;
    return committed.length === 0 || randomInt(4) === 0 ? '' : committed[randomInt(committed.length)]!;
  }

  #anyKind(): 'active' | 'view' | 'committed' {
    return (['active', 'view', 'committed', 'committed'] as const)[randomInt(4)]!;
  }
}

function take(names: string[]): string | undefined {
  if (names.length === 0) return undefined;
  const [name] = names.splice(randomInt(names.length), 1);
  return name;
}

function upperOf([mount]: readonly Mount[]): string {
  const upper = mount?.options.find((option) => option.startsWith('upperdir='))?.slice('upperdir='.length);
  return upper ?? mount!.source;
}

function codeOf(error: unknown): string {
  return error instanceof SnapshotterError ? error.code : String(error);
}
