import type { RegistryHost } from '../hosts/registry-host.ts';
import { RegistryError } from '../registry-error.ts';

/**
 * Tries endpoint after endpoint until one delivers. Where none does, the last error leads that says more than that
 * the object is not there; what the other endpoints said follows it in the message.
 *
 * @param subject for the message when there is no endpoint to try
 * @param onFailure told of each endpoint that failed
 * @throws RegistryError NOT_FOUND only where every endpoint said so
 */
export async function overHosts<T>(
  hosts: readonly RegistryHost[],
  ask: (host: RegistryHost) => Promise<T>,
  { subject, onFailure }: { subject: string; onFailure: (host: RegistryHost, error: RegistryError) => void },
): Promise<T> {
  const failures: RegistryError[] = [];
  for (const host of hosts) {
    try {
      return await ask(host);
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      failures.push(error);
      onFailure(host, error);
    }
  }
  throw summary(failures, subject);
}

function summary(failures: readonly RegistryError[], subject: string): RegistryError {
  const leading = failures.findLast((error) => error.code !== 'NOT_FOUND') ?? failures.at(-1);
  if (leading === undefined)
    return new RegistryError('INVALID', `${subject}: hosts.toml names no host that may serve it`);
  if (failures.length === 1) return leading;
  const others = failures.filter((error) => error !== leading).map((error) => error.message);
  return new RegistryError(leading.code, `${leading.message}; before that: ${others.join('; ')}`, {
    cause: leading,
    retryable: leading.retryable,
    retryAfterMs: leading.retryAfterMs,
  });
}
