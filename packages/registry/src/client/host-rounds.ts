import type { RegistryHost } from '../hosts/registry-host.ts';
import { RegistryError } from '../registry-error.ts';

export interface HostRoundsDeps<T> {
  /** For the message when there is no endpoint to try. */
  readonly subject: string;
  /** One try at one endpoint. */
  readonly ask: (host: RegistryHost) => Promise<T>;
  readonly onFailure: (host: RegistryHost, error: RegistryError) => void;
  readonly onSuccess: (host: RegistryHost) => void;
}

/** One operation's way over the endpoints. */
export interface HostRounds<T> {
  /**
   * Tries endpoint after endpoint until one delivers. Those whose answer in an earlier round was final are not
   * asked again.
   *
   * Where none delivers, the last error leads that says more than that the object is not there; what the other
   * endpoints said follows it in the message. It is retryable if the same is true of any endpoint's, and not before
   * the first of them is ready again.
   *
   * @throws RegistryError NOT_FOUND only where every endpoint said so
   */
  next(hosts: readonly RegistryHost[]): Promise<T>;
}

export function createHostRounds<T>({
  subject,
  ask,
  onFailure,
  onSuccess,
}: HostRoundsDeps<T>): HostRounds<T> {
  /** By address: a resolver may make the same endpoint anew. */
  const failures = new Map<string, RegistryError>();
  return {
    next: async (hosts) => {
      for (const host of hosts) {
        if (failures.get(host.baseUrl.href)?.retryable === false) continue;
        try {
          const result = await ask(host);
          onSuccess(host);
          return result;
        } catch (error) {
          if (!(error instanceof RegistryError)) throw error;
          // The order of the messages is that of the last tries.
          failures.delete(host.baseUrl.href);
          failures.set(host.baseUrl.href, error);
          onFailure(host, error);
        }
      }
      throw summary([...failures.values()], subject);
    },
  };
}

function summary(failures: readonly RegistryError[], subject: string): RegistryError {
  const leading = failures.findLast((error) => error.code !== 'NOT_FOUND') ?? failures.at(-1);
  if (leading === undefined)
    return new RegistryError('INVALID', `${subject}: hosts.toml names no host that may serve it`);
  if (failures.length === 1) return leading;
  const others = failures.filter((error) => error !== leading).map((error) => error.message);
  const retryable = failures.filter((error) => error.retryable);
  return new RegistryError(leading.code, `${leading.message}; before that: ${others.join('; ')}`, {
    cause: leading,
    retryable: retryable.length > 0,
    retryAfterMs: earliest(retryable),
  });
}

function earliest(failures: readonly RegistryError[]): number | undefined {
  const waits = failures.map(({ retryAfterMs }) => retryAfterMs ?? 0);
  const wait = waits.length === 0 ? 0 : Math.min(...waits);
  return wait === 0 ? undefined : wait;
}
