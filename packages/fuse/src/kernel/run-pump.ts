import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { closeDescriptor, createEpoll, drainEventFd, EpollEvents, Errno, rawRead } from '@sluice/linux';
import { createContentFiles } from '../content-files.ts';
import type { ContentTable } from '../content-table.ts';
import { passthroughStates } from '../passthrough-state.ts';
import { MAX_READ_BYTES, REQUEST_BYTES } from '../protocol/layout.ts';
import { createReplyWriter } from '../protocol/reply-writer.ts';
import { createTreeFileSystem } from '../tree-file-system.ts';
import { askForRequests } from './ask-for-requests.ts';
import { type Connection, createConnection, type MissingBytes } from './connection.ts';
import { Counter } from './counter.ts';
import type { PumpCommand, PumpEvent, PumpStart } from './messages.ts';
import type { Negotiated } from './negotiate.ts';
import { openOpensJournal } from './opens-journal.ts';
import { PASSTHROUGH_MIN_BYTES } from './passthrough-min-bytes.ts';
import { unpackSource } from './portable-source.ts';

/** Requests answered for one mount before the others get their turn. */
const REQUESTS_A_TURN = 64;

const COMMANDS = 0;

interface Served extends Disposable {
  readonly device: number;
  /** Whether the kernel may be asked to send requests again. */
  readonly resend: boolean;
  readonly connection: Connection;
}

/**
 * Serves mounts until told to end. Blocks its thread: between requests it sleeps in epoll, so commands come with
 * a signal on an event descriptor. Epoll tokens are the mounts' numbers, which begin at 1.
 */
export function runPump(port: MessagePort, { eventFd, control }: PumpStart): void {
  const served = new Map<number, Served>();
  const reply = createReplyWriter(MAX_READ_BYTES);
  const buffer = new Uint8Array(REQUEST_BYTES);
  using epoll = createEpoll();
  epoll.add(eventFd, EpollEvents.IN, COMMANDS);
  const tell = (event: PumpEvent) => port.postMessage(event);
  let takesRequests = true;
  let isDrained = false;

  /** Directories whose files the kernel does not take: their mounts do better without the attempt. */
  const refused = new Set<string>();

  function serve(command: PumpCommand & { type: 'serve' }): void {
    const { mount, device, counters, opensFile, resend, resumed } = command;
    try {
      const { tree, content } = unpackSource(command.source);
      const isRefused = command.passthrough && refused.has(content.directory);
      const parts = new DisposableStack();
      const files = parts.use(createContentFiles(content));
      const journal = opensFile === undefined ? undefined : parts.use(openOpensJournal(opensFile));
      const events = {
        ready(negotiated: Negotiated) {
          if (isRefused) counters[Counter.passthrough] = passthroughStates.indexOf('refused');
          tell({ type: 'ready', mount, negotiated, resent: false });
        },
        missing: (read: number, wanted: MissingBytes) => tell({ type: 'missing', mount, read, ...wanted }),
        interrupted: (read: number) => tell({ type: 'interrupted', mount, read }),
        passthroughRefused(errno: number) {
          refused.add(content.directory);
          tell({ type: 'passthrough-refused', mount, errno });
        },
      };
      const fs = createTreeFileSystem(tree);
      const wantsPassthrough = command.passthrough && !isRefused && wouldGain(content);
      const connection = createConnection({
        device,
        fs,
        files,
        reply,
        counters,
        wantsPassthrough,
        events,
        resumed,
        journal,
      });
      served.set(mount, { device, resend, connection, [Symbol.dispose]: () => parts.dispose() });
      epoll.add(device, EpollEvents.IN, mount);
      if (resumed) {
        const resent = resend && askForRequests(device);
        tell({ type: 'ready', mount, negotiated: resumed, resent });
      }
    } catch (error) {
      closeDescriptor(device);
      served.delete(mount);
      tell({ type: 'gone', mount, cause: String(error) });
    }
  }

  function drop(mount: number, cause?: string): void {
    const gone = served.get(mount);
    if (gone === undefined) return;
    served.delete(mount);
    if (takesRequests) epoll.remove(gone.device);
    gone[Symbol.dispose]();
    closeDescriptor(gone.device);
    tell({ type: 'gone', mount, ...(cause === undefined ? {} : { cause }) });
  }

  function answer(mount: number): void {
    const { device, connection } = served.get(mount)!;
    for (let turn = 0; turn < REQUESTS_A_TURN; turn++) {
      const length = rawRead(device, buffer, 0, buffer.length);
      if (length === -Errno.EAGAIN) return;
      // ENOENT: the request was interrupted before it could be read.
      if (length === -Errno.EINTR || length === -Errno.ENOENT) continue;
      if (length < 0) {
        // ENODEV is how the kernel says that the mount is gone.
        drop(mount, length === -Errno.ENODEV ? undefined : `reading /dev/fuse failed with errno ${-length}`);
        return;
      }
      connection.handle(new DataView(buffer.buffer, 0, length));
    }
  }

  function drain(): void {
    takesRequests = false;
    for (const { device } of served.values()) epoll.remove(device);
    checkDrained();
  }

  /** What was taken and is not answered goes back to the kernel where that takes it (Linux 6.9); else it is waited for. */
  function checkDrained(): void {
    if (takesRequests || isDrained) return;
    const busy = [...served.values()].filter(({ connection }) => connection.waiting > 0);
    isDrained = busy.every(({ device, resend }) => resend && askForRequests(device));
    if (isDrained) tell({ type: 'drained' });
  }

  function obey(command: PumpCommand): void {
    if (command.type === 'serve') serve(command);
    else if (command.type === 'drain') drain();
    else {
      served.get(command.mount)?.connection.filled(command.read, command.ok, command.bytes);
      checkDrained();
    }
  }

  function obeyAll(): void {
    drainEventFd(eventFd);
    for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port))
      obey(next.message);
  }

  while (Atomics.load(control, 0) === 0) {
    for (const { token } of epoll.wait(-1)) {
      if (token === COMMANDS) obeyAll();
      else if (served.has(token)) answer(token);
    }
  }
  for (const mount of [...served.keys()]) drop(mount);
}

/** A mount of small files is better off without opens: the kernel then reads them without a word to the server. */
function wouldGain({ contents }: ContentTable): boolean {
  return contents.size.some((size) => size >= PASSTHROUGH_MIN_BYTES);
}
