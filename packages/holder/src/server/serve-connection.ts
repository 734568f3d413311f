import type { Socket } from 'node:net';
import { HolderError } from '../holder-error.ts';
import type { Response } from '../protocol/messages.ts';
import { parseRequest } from '../protocol/parse-request.ts';
import { readLines } from '../protocol/read-lines.ts';
import type { HeldDescriptors } from './held-descriptors.ts';

/** Answers one owner, request by request, until it leaves or says what cannot be read. Never rejects. */
export async function serveConnection(socket: Socket, held: HeldDescriptors): Promise<void> {
  try {
    for await (const line of readLines(socket)) {
      socket.write(`${JSON.stringify(answer(line, held))}\n`);
    }
  } catch {
    // The owner is gone, or does not speak this protocol; what it holds stays.
  } finally {
    socket.destroy();
  }
}

function answer(line: string, held: HeldDescriptors): Response {
  try {
    const { id, ...operation } = parseRequest(line);
    return { id, ...held.perform(operation) };
  } catch (error) {
    if (!(error instanceof HolderError)) throw error;
    return { id: idOf(line), error: { code: error.code, message: error.message } };
  }
}

/** A request that is wrong in other ways may still say whom to answer. */
function idOf(line: string): number {
  return Number(/"id":(\d+)/.exec(line)?.[1] ?? 0);
}
