import type { Socket } from 'node:net';
import { HolderError } from './holder-error.ts';
import type { Answer, Operation, Response } from './protocol/messages.ts';
import { readLines } from './protocol/read-lines.ts';

/** Asks over a connection; several questions may be under way. It keeps the process alive while one is. */
export interface Requester {
  /** @throws HolderError what the holder answered, or CLOSED */
  ask(operation: Operation): Promise<Answer>;
  /** Resolves when no answer can come any more. */
  readonly closed: Promise<void>;
}

/** @param socket connected; the requester is its only reader and writer, and its owner destroys it */
export function createRequester(socket: Socket): Requester {
  const waiting = new Map<number, PromiseWithResolvers<Answer>>();
  let last = 0;
  let isClosed = false;

  async function readAnswers(): Promise<void> {
    try {
      for await (const line of readLines(socket)) settle(JSON.parse(line) as Response);
    } catch {
      // Whatever broke the connection, there are no more answers.
    }
    isClosed = true;
    socket.destroy();
    for (const { reject } of waiting.values()) reject(closedError());
    waiting.clear();
  }

  function settle({ id, error, ...answer }: Response): void {
    const asked = waiting.get(id);
    waiting.delete(id);
    if (waiting.size === 0) socket.unref();
    if (error) asked?.reject(new HolderError(error.code, `The holder refuses: ${error.message}`));
    else asked?.resolve(answer);
  }

  return {
    closed: readAnswers(),
    async ask(operation) {
      if (isClosed) throw closedError();
      const asked = Promise.withResolvers<Answer>();
      const id = ++last;
      waiting.set(id, asked);
      socket.ref();
      socket.write(`${JSON.stringify({ id, ...operation })}\n`);
      return await asked.promise;
    },
  };
}

function closedError(): HolderError {
  return new HolderError('CLOSED', 'the connection to the holder is closed');
}
