import { RegistryError } from '../registry-error.ts';
import { errorCodeOf } from './error-code-of.ts';
import type { HttpRequest } from './http-exchange.ts';
import { transportFailure } from './transport-failure.ts';

/**
 * Says in words why there was no answer through a proxy: the proxy may be to blame. The proxy's address may hold a
 * password, so only its host is named.
 */
export function proxyFailure({ subject }: HttpRequest, proxy: URL, error: unknown): RegistryError {
  const through = `${subject}: through the proxy ${proxy.host}`;
  const status = refusalOf(error);
  if (status !== undefined)
    return new RegistryError('UNAVAILABLE', `${through}: the proxy does not connect (HTTP ${status})`, {
      cause: error,
      retryable: status >= 500,
    });
  if (errorCodeOf(error) === 'ECONNREFUSED')
    return new RegistryError('UNAVAILABLE', `${through}: the proxy refuses connections; is it running?`, {
      cause: error,
    });
  return transportFailure(through, error);
}

/** undici tells the status of an answer to CONNECT, and 407 to anything, in a message only. */
function refusalOf(error: unknown): number | undefined {
  for (let depth = 0, at = error; depth < 8 && at instanceof Error; depth += 1, at = at.cause) {
    const [, status] = /^Proxy .*\((\d{3})\)/.exec(at.message) ?? [];
    if (status !== undefined) return Number(status);
  }
  return undefined;
}
