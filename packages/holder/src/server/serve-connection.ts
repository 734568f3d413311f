import type { Socket } from 'node:net';
import { HolderError } from '../holder-error.ts';
import type { Response } from '../protocol/messages.ts';
import { parseRequest } from '../protocol/parse-request.ts';
import { readLines } from '../protocol/read-lines.ts';
import type { HeldDescriptors } from './held-descriptors.ts';

/**
 * Answers one owner, request by request, until it leaves or says what cannot be read. Never rejects.
 *
 * @param quit called when the holder is to end, with nothing held
 */
export async function serveConnection(
  socket: Socket,
  { held, quit }: { readonly held: HeldDescriptors; quit(): void },
): Promise<void> {
  try {
    for await (const line of readLines(socket)) {
      const response = answer(line, held);
      socket.write(`${JSON.stringify(response)}\n`);
      if (response.quits) quit();
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
