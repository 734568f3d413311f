import { closeDescriptor } from '@sluice/linux';
import type { Held, Holder } from './holder.ts';
import { HolderError } from './holder-error.ts';
import type { HolderLogger } from './holder-logger.ts';
import type { LastingHolder } from './lasting-holder.ts';
import { connectIfRunning, type StartHolderOptions, startHolder } from './start-holder.ts';
import { takeDescriptor } from './take-descriptor.ts';

/** What this process would hold again: a descriptor of its own, and what to remember. */
interface Own {
  readonly fd: number;
  readonly state: string;
}

export type LastingHolderOptions = Omit<StartHolderOptions, 'signal'>;

/** Starts nothing yet. Only one process at a time may have one for a socket. */
export function createLastingHolder(
  { logger }: { readonly logger: HolderLogger },
  options: LastingHolderOptions,
): LastingHolder {
  const own = new Map<string, Own>();
  let current: Promise<Holder> | undefined;
  let isClosing = false;
  let isBeating = false;
  /** What was said last of when the next sign of life comes. */
  let promisedMs = 0;
  let cannotWatch: Holder | undefined;

  /** The running holder, or a new one that holds all that this process has. */
  function connected(): Promise<Holder> {
    if (isClosing) return Promise.reject(new HolderError('CLOSED', 'the holder is no longer used'));
    current ??= startAndRefill();
    return current;
  }

  async function startAndRefill(): Promise<Holder> {
    try {
      const holder = await startHolder(options);
      watch(holder);
      tellOfEnd(holder);
      if (promisedMs > 0) await beatTo(holder, promisedMs);
      const known = new Set((await holder.list()).map(({ name }) => name));
      for (const [name, { fd, state }] of own) if (!known.has(name)) await holder.hold(name, fd, state);
      return holder;
    } catch (error) {
      current = undefined;
      throw error;
    }
  }

  function watch(holder: Holder): void {
    void holder.closed.then(() => {
      current = undefined;
      if (isClosing) return;
      logger.warn({ pid: holder.pid, held: own.size }, 'the holder of FUSE connections has died');
      if (own.size > 0) connected().catch((err) => logger.error({ err }, 'no new holder could be started'));
    });
  }

  function tellOfEnd({ ended }: Holder): void {
    if (!ended) return;
    const { pid, withinMs, atMs } = ended;
    const fields = { pid, withinMs, endedAt: new Date(atMs).toISOString() };
    logger.warn(fields, 'the process before this one hung and was ended by the holder of its connections');
  }

  /** One at a time: those for a holder that does not answer would pile up. */
  async function beat(withinMs: number): Promise<void> {
    promisedMs = withinMs;
    if (isBeating) return;
    isBeating = true;
    try {
      const holder = await current;
      if (holder && holder !== cannotWatch) await beatTo(holder, withinMs);
    } catch {
      // It is being replaced.
    }
    isBeating = false;
  }

  async function beatTo(holder: Holder, withinMs: number): Promise<void> {
    try {
      await holder.beat(withinMs);
    } catch (err) {
      if (!(err instanceof HolderError) || err.code !== 'PROTOCOL') throw err;
      cannotWatch = holder;
      const message =
        'the holder of FUSE connections is of an older version, and does not notice if this process hangs';
      logger.warn({ err, pid: holder.pid }, message);
    }
  }

  /** Asks once more where the holder died over the question. */
  async function ask<T>(question: (holder: Holder) => Promise<T>): Promise<T> {
    try {
      return await question(await connected());
    } catch (error) {
      if (!(error instanceof HolderError) || error.code !== 'CLOSED' || isClosing) throw error;
      return await question(await connected());
    }
  }

  async function start(): Promise<void> {
    await connected();
  }

  async function list(): Promise<readonly Held[]> {
    if (current === undefined && own.size === 0) {
      using running = await connectIfRunning(options);
      if (!running) return [];
      tellOfEnd(running);
    }
    return await ask((holder) => holder.list());
  }

  async function hold(name: string, fd: number, state: string): Promise<void> {
    const mine = takeDescriptor(process.pid, fd);
    try {
      await ask((holder) => holder.hold(name, mine, state));
      own.set(name, { fd: mine, state });
    } catch (error) {
      closeDescriptor(mine);
      throw error;
    }
  }

  async function take(name: string): Promise<number> {
    const held = (await list()).find((one) => one.name === name);
    const fd = await ask((holder) => holder.take(name));
    if (held && !own.has(name)) own.set(name, { fd: takeDescriptor(process.pid, fd), state: held.state });
    return fd;
  }

  async function release(name: string): Promise<void> {
    forget(name);
    await ask((holder) => holder.release(name));
  }

  function forget(name: string): void {
    const mine = own.get(name);
    own.delete(name);
    if (mine) closeDescriptor(mine.fd);
  }

  async function close(): Promise<void> {
    const holder = await current?.catch(() => undefined);
    isClosing = true;
    await holder?.quit().catch(() => undefined);
    holder?.[Symbol.dispose]();
    for (const name of [...own.keys()]) forget(name);
  }

  return { start, list, hold, take, beat, release, [Symbol.asyncDispose]: close };
}
