import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Holder } from './holder.ts';
import { HolderError } from './holder-error.ts';
import { type HeldDescriptor, PROTOCOL_VERSION } from './protocol/messages.ts';
import { createRequester, type Requester } from './requester.ts';
import { takeDescriptor } from './take-descriptor.ts';

export interface ConnectHolderOptions {
  readonly socketPath: string;
  readonly signal?: AbortSignal;
}

/**
 * Connects to a running holder.
 *
 * @throws HolderError NOT_RUNNING if nobody listens there; PROTOCOL if it is of another version
 */
export async function connectHolder({ socketPath, signal }: ConnectHolderOptions): Promise<Holder> {
  const socket = connect(socketPath);
  try {
    await once(socket, 'connect', signal && { signal });
    const requester = createRequester(socket);
    const { pid, version = 1, ended } = await requester.ask({ op: 'hello' });
    if (pid === undefined)
      throw new HolderError('PROTOCOL', `${socketPath} does not answer as a holder does`);
    if (version !== PROTOCOL_VERSION) throw otherVersion(socketPath, pid, version);
    return createHolder(requester, socket, { pid, ended });
  } catch (cause) {
    socket.destroy();
    signal?.throwIfAborted();
    // One that is dying still lets others connect.
    if (cause instanceof HolderError && cause.code !== 'CLOSED') throw cause;
    const why = (cause as Error).message;
    throw new HolderError('NOT_RUNNING', `no holder answers on ${socketPath}: ${why}`, { cause });
  }
}

function otherVersion(socketPath: string, pid: number, version: number): HolderError {
  const message = `the holder on ${socketPath} (pid ${pid}) speaks version ${version} of its protocol, and this program ${PROTOCOL_VERSION}: start the version of this program that started it, or restart the containers that it holds mounts for, and end it`;
  return new HolderError('PROTOCOL', message);
}

function createHolder(
  { ask, closed }: Requester,
  socket: Socket,
  { pid, ended }: Pick<Holder, 'pid' | 'ended'>,
): Holder {
  async function list(): Promise<HeldDescriptor[]> {
    const all: HeldDescriptor[] = [];
    for (;;) {
      const after = all.at(-1)?.name;
      const { held = [] } = await ask({ op: 'list', ...(after !== undefined && { after }) });
      all.push(...held);
      if (held.length === 0) return all;
    }
  }

  async function take(name: string): Promise<number> {
    const { held: [found] = [] } = await ask({ op: 'find', name });
    if (!found) throw new HolderError('NOT_HELD', `nothing is held as "${name}"`);
    return takeDescriptor(pid, found.fd);
  }

  return {
    pid,
    ended,
    closed,
    async beat(withinMs) {
      await ask({ op: 'beat', pid: process.pid, withinMs });
    },
    async hold(name, fd, state) {
      await ask({ op: 'hold', name, pid: process.pid, fd, state });
    },
    async update(name, state) {
      await ask({ op: 'update', name, state });
    },
    list,
    take,
    async release(name) {
      await ask({ op: 'release', name });
    },
    async quit() {
      const { quits = false } = await ask({ op: 'quit' });
      socket.ref();
      if (quits) await closed;
      return quits;
    },
    [Symbol.dispose]: () => socket.destroy(),
  };
}
