import { RegistryError } from '../src/index.ts';

/** The RegistryError that a promise rejects with; fails the test where it does anything else. */
export async function errorOf(promise: Promise<unknown>): Promise<RegistryError> {
  const outcome = await promise.then(
    (value) => new Error(`expected a RegistryError, but it resolved with ${String(value)}`),
    (error: unknown) => error,
  );
  if (outcome instanceof RegistryError) return outcome;
  throw outcome;
}
