import type { Socket } from 'node:net';
import { HolderError } from '../holder-error.ts';
import type { Answer, Operation, Response } from '../protocol/messages.ts';
import { parseRequest } from '../protocol/parse-request.ts';
import { readLines } from '../protocol/read-lines.ts';
import type { HeldDescriptors } from './held-descriptors.ts';
import { createLifeWatch, type LifeWatch } from './life-watch.ts';
import type { StuckOwners } from './stuck-owners.ts';

export interface ServeConnectionDeps {
  readonly held: HeldDescriptors;
  readonly stuck: StuckOwners;
  /** Called when the holder is to end, with nothing held. */
  quit(): void;
}

/**
 * Answers one owner, request by request, until it leaves or says what cannot be read. Never rejects.
 */
export async function serveConnection(socket: Socket, deps: ServeConnectionDeps): Promise<void> {
  using watch = createLifeWatch(deps.stuck.end);
  try {
    for await (const line of readLines(socket)) {
      const response = answer(line, deps, watch);
      socket.write(`${JSON.stringify(response)}\n`);
      if (response.quits) deps.quit();
    }
  } catch {
    // The owner is gone, or does not speak this protocol; what it holds stays.
  } finally {
    socket.destroy();
  }
}

function answer(line: string, deps: ServeConnectionDeps, watch: LifeWatch): Response {
  try {
    const { id, ...operation } = parseRequest(line);
    return { id, ...perform(operation, deps, watch) };
  } catch (error) {
    if (!(error instanceof HolderError)) throw error;
    return { id: idOf(line), error: { code: error.code, message: error.message } };
  }
}

function perform(operation: Operation, { held, stuck }: ServeConnectionDeps, watch: LifeWatch): Answer {
  if (operation.op === 'beat') {
    watch.beat(operation.pid, operation.withinMs);
    return {};
  }
  const answer = held.perform(operation);
  return operation.op === 'hello' ? { ...answer, ...stuck.takeLast() } : answer;
}

/** A request that is wrong in other ways may still say whom to answer. */
function idOf(line: string): number {
  return Number(/"id":(\d+)/.exec(line)?.[1] ?? 0);
}
