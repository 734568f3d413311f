import { RegistryError, type RegistryErrorCode } from '../registry-error.ts';
import type { HttpResponse } from './http-exchange.ts';

/**
 * The error for an answer that is not the one asked for.
 *
 * @param subject what was being asked for, as `describeSubject` writes it
 */
export function statusFailure(subject: string, response: HttpResponse): RegistryError {
  const { redirectedTo, status } = response;
  const { code, text, retryable } = redirectedTo === undefined ? meaningOf(status) : elsewhere(status);
  const where = redirectedTo === undefined ? '' : `redirected to ${redirectedTo}: `;
  return new RegistryError(code, `${subject}: ${where}${text}`, {
    retryable,
    retryAfterMs: retryAfterMs(response.headers['retry-after']),
  });
}

interface Meaning {
  readonly code: RegistryErrorCode;
  readonly text: string;
  readonly retryable: boolean;
}

function meaningOf(status: number): Meaning {
  if (status === 401)
    return { code: 'UNAUTHORIZED', text: 'the registry wants credentials (HTTP 401)', retryable: false };
  if (status === 403)
    return { code: 'FORBIDDEN', text: 'the registry denies access (HTTP 403)', retryable: false };
  if (status === 404 || status === 410)
    return { code: 'NOT_FOUND', text: `not there (HTTP ${status})`, retryable: false };
  if (status === 407)
    return { code: 'UNAVAILABLE', text: 'the proxy wants credentials (HTTP 407)', retryable: false };
  if (status === 429) return { code: 'UNAVAILABLE', text: 'too many requests (HTTP 429)', retryable: true };
  if (status === 408 || status >= 500)
    return { code: 'UNAVAILABLE', text: `the server failed (HTTP ${status})`, retryable: true };
  return { code: 'BAD_RESPONSE', text: `unexpected answer (HTTP ${status})`, retryable: status < 400 };
}

/** Storage knows nothing of credentials: what it refuses is the address that the registry gave for it. */
function elsewhere(status: number): Meaning {
  if (status !== 401 && status !== 403) return meaningOf(status);
  const text = `the storage refuses the address that the registry gave for it (HTTP ${status})`;
  return { code: 'FORBIDDEN', text: `${text}; are the clocks right?`, retryable: false };
}

/** Seconds or an HTTP date (RFC 9110 section 10.2.3). */
function retryAfterMs(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
