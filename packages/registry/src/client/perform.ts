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
import { overHosts } from './over-hosts.ts';
import { withRetries } from './with-retries.ts';

/** What every operation of one client shares. */
export interface ClientContext {
  readonly send: HttpSend;
  readonly hosts: HostResolver;
  readonly limits: ClientLimits;
  readonly cooldown: HostCooldown;
  readonly logger: Logger;
}

export interface Operation {
  readonly subject: Subject;
  readonly capability: HostCapability;
  readonly signal: AbortSignal | undefined;
}

/**
 * Runs an operation with retries at each endpoint in turn.
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
  const object = `${subject.repository} ${subject.object}`;
  const configured = await context.hosts.hostsFor(subject.registry, signal ? { signal } : {});
  const capable = configured.filter((host) => host.capabilities.includes(capability));
  return overHosts(
    context.cooldown.order(capable, object),
    (host) => attemptWithRetries(context, operation, host, attempt),
    {
      subject: describeSubject(subject),
      onFailure: (host, error) => context.cooldown.failed(host, object, error),
    },
  );
}

function attemptWithRetries<T>(
  { limits, logger }: ClientContext,
  { subject, signal }: Operation,
  host: RegistryHost,
  attempt: (endpoint: Endpoint) => Promise<T>,
): Promise<T> {
  const text = describeSubject(subject, host.baseUrl.host);
  const endpoint = (): Endpoint => ({
    host,
    registry: subject.registry,
    repository: rewriteRepository(host.rewrites ?? [], subject.repository, text),
    subject: text,
  });
  const explained = async (): Promise<T> => {
    try {
      return await attempt(endpoint());
    } catch (error) {
      signal?.throwIfAborted();
      throw transportFailure(text, error);
    }
  };
  return withRetries(explained, {
    attempts: limits.attemptsPerHost,
    backoffBaseMs: limits.backoffBaseMs,
    backoffMaxMs: limits.backoffMaxMs,
    signal,
    onRetry: (err, waitMs) =>
      logger.debug({ err, waitMs, host: host.baseUrl.host }, 'registry request is tried again'),
  });
}
