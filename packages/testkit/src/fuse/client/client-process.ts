import { type ClientOperations, clientOperations } from './client-operations.ts';

/** A request to the client process, and its answer. */
export interface ClientRequest {
  readonly id: number;
  readonly operation: keyof ClientOperations;
  readonly args: readonly unknown[];
}
export type ClientReply =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: { readonly message: string; readonly code: string | undefined } };

async function answer({ id, operation, args }: ClientRequest): Promise<ClientReply> {
  try {
    const run = clientOperations[operation] as (...values: readonly unknown[]) => unknown;
    return { id, value: await run(...args) };
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    return { id, error: { message, code } };
  }
}

// The parent's end ends this process too.
process.once('disconnect', () => process.exit());
process.on('message', (request: ClientRequest) => {
  void answer(request).then((reply) => process.send?.(reply));
});
