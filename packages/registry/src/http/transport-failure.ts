import { errors } from 'undici';
import { RegistryError } from '../registry-error.ts';
import { errorCodeOf } from './error-code-of.ts';

interface Explanation {
  readonly text: string;
  /** The same request fails in the same way until somebody mends the configuration. */
  readonly lasting?: true;
}

const UNTRUSTED: Explanation = {
  text: "the server's certificate is not trusted; name its authority as `ca` in that host's hosts.toml",
  lasting: true,
};
const NOT_TLS: Explanation = {
  text: 'the server speaks plain HTTP; name it with http:// in a hosts.toml if that is meant',
  lasting: true,
};
const NOT_HTTP: Explanation = { text: 'the answer is not HTTP' };
const BROKEN: Explanation = { text: 'the connection broke' };
const CLOSED: Explanation = { text: 'the registry client has been closed', lasting: true };

const EXPLANATIONS: Readonly<Record<string, Explanation>> = {
  ECONNREFUSED: { text: 'connection refused; is the registry running?' },
  ECONNRESET: BROKEN,
  EPIPE: BROKEN,
  UND_ERR_SOCKET: BROKEN,
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: BROKEN,
  ENOTFOUND: { text: 'the host name is unknown; check its spelling and DNS' },
  EAI_AGAIN: { text: 'the host name cannot be looked up now; check DNS' },
  EHOSTUNREACH: { text: 'no route to the host' },
  ENETUNREACH: { text: 'no route to the network' },
  ETIMEDOUT: { text: 'no connection in time' },
  UND_ERR_CONNECT_TIMEOUT: { text: 'no connection in time' },
  UND_ERR_HEADERS_TIMEOUT: { text: 'connected, but no answer in time' },
  UND_ERR_DESTROYED: CLOSED,
  UND_ERR_CLOSED: CLOSED,
  ERR_SSL_WRONG_VERSION_NUMBER: NOT_TLS,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: NOT_TLS,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  CERT_SIGNATURE_FAILURE: UNTRUSTED,
  CERT_UNTRUSTED: UNTRUSTED,
  CERT_REJECTED: UNTRUSTED,
  INVALID_CA: UNTRUSTED,
  CERT_REVOKED: { text: "the server's certificate has been revoked", lasting: true },
  CERT_NOT_YET_VALID: { text: "the server's certificate is not valid yet; check the clock", lasting: true },
  CERT_HAS_EXPIRED: { text: "the server's certificate has expired", lasting: true },
  ERR_TLS_CERT_ALTNAME_INVALID: { text: "the server's certificate is for another name", lasting: true },
};

/**
 * Says in words why there was no answer, or no whole one.
 *
 * @param subject what was being asked for, as `describeSubject` writes it
 * @returns the error itself where it is a RegistryError already
 */
export function transportFailure(subject: string, error: unknown): RegistryError {
  if (error instanceof RegistryError) return error;
  forgetBytes(error);
  const code = errorCodeOf(error);
  const known = EXPLANATIONS[code] ?? (isParserError(error) ? NOT_HTTP : undefined);
  const text = known?.text ?? `the request failed (${code || 'unknown cause'})`;
  return new RegistryError('UNAVAILABLE', `${subject}: ${text}`, {
    cause: error,
    retryable: known?.lasting !== true,
  });
}

/** undici's error about a broken answer carries bytes of it, which may be a token: the error is logged as a cause. */
function forgetBytes(error: unknown): void {
  for (let depth = 0, at = error; depth < 8 && at instanceof Error; depth += 1, at = at.cause)
    if ('data' in at) Object.assign(at, { data: undefined });
}

function isParserError(error: unknown): boolean {
  return error instanceof errors.HTTPParserError;
}
