import type { LRUCache } from 'lru-cache';
import type { HostResolver } from '../hosts/host-resolver.ts';
import type { HostCapability, RegistryHost } from '../hosts/registry-host.ts';
import { rewriteRepository } from '../hosts/repository-rewrite.ts';
import { describeSubject, type Subject } from '../http/describe-subject.ts';
import type { HttpSend } from '../http/http-exchange.ts';
import { transportFailure } from '../http/transport-failure.ts';
import type { Logger } from '../logger.ts';
import type { ClientLimits } from './client-options.ts';
import type { Endpoint } from './endpoint.ts';
import type { HostCooldown } from './host-cooldown.ts';
import { createHostRounds } from './host-rounds.ts';
import { withRetries } from './with-retries.ts';

/** What every operation of one client shares. */
export interface ClientContext {
  readonly send: HttpSend;
  readonly hosts: HostResolver;
  readonly limits: ClientLimits;
  readonly cooldown: HostCooldown;
  /** Endpoints, by address, that were seen not to serve several ranges at once. */
  readonly singleRangeHosts: LRUCache<string, true>;
  readonly logger: Logger;
}

export interface Operation {
  readonly subject: Subject;
  readonly capability: HostCapability;
  /** Ask the first host that may do it, and no other: a push elsewhere would not be found. */
  readonly firstHostOnly?: boolean;
  readonly signal: AbortSignal | undefined;
}

/**
 * Runs an operation at one endpoint after another until one of them delivers, each once in a round, and in rounds
 * until the attempts of every endpoint are used up. So a host that fails, in whatever way and however late, is left
 * for the next one without a wait; waits are between rounds.
 *
 * @param attempt one try at one endpoint
 * @throws RegistryError the signal's reason when aborted
 */
export async function perform<T>(
  context: ClientContext,
  operation: Operation,
  attempt: (endpoint: Endpoint) => Promise<T>,
): Promise<T> {
  const { subject, capability, signal } = operation;
  const { limits, cooldown, logger } = context;
  const object = `${subject.repository} ${subject.object}`;
  const configured = await context.hosts.hostsFor(subject.registry, signal ? { signal } : {});
  const able = configured.filter((host) => host.capabilities.includes(capability));
  const capable = operation.firstHostOnly ? able.slice(0, 1) : able;
  const rounds = createHostRounds<T>({
    subject: describeSubject(subject),
    ask: (host) => attemptAt(operation, host, attempt),
    onFailure: (host, err) => {
      cooldown.failed(host, object, err);
      logger.debug({ err, host: host.baseUrl.host }, 'a registry request failed');
    },
    onSuccess: (host) => cooldown.succeeded(host, object),
  });
  return withRetries(() => rounds.next(cooldown.order(capable, object)), {
    attempts: limits.attemptsPerHost,
    backoffBaseMs: limits.backoffBaseMs,
    backoffMaxMs: limits.backoffMaxMs,
    signal,
  });
}

async function attemptAt<T>(
  { subject, signal }: Operation,
  host: RegistryHost,
  attempt: (endpoint: Endpoint) => Promise<T>,
): Promise<T> {
  const text = describeSubject(subject, host.baseUrl.host);
  signal?.throwIfAborted();
  try {
    const repository = rewriteRepository(host.rewrites ?? [], subject.repository, text);
    return await attempt({ host, registry: subject.registry, repository, subject: text });
  } catch (error) {
    signal?.throwIfAborted();
    throw transportFailure(text, error);
  }
}
