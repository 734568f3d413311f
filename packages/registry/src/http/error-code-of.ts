import { RegistryError } from '../registry-error.ts';

/** The `code` of a Node or undici error, of the first of its causes or parts that has one; '' for none. */
export function errorCodeOf(error: unknown): string {
  for (let depth = 0, at = error; depth < 8 && at instanceof Error; depth += 1, at = next(at)) {
    if (!(at instanceof RegistryError) && 'code' in at && typeof at.code === 'string') return at.code;
  }
  return '';
}

function next(error: Error): unknown {
  return error instanceof AggregateError ? error.errors[0] : error.cause;
}
