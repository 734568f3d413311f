import { belongsToHost } from './belongs-to-host.ts';
import { errorCodeOf } from './error-code-of.ts';
import type { HttpRequest, HttpSend } from './http-exchange.ts';

/** What OpenSSL says of a plain HTTP answer to a TLS handshake. */
const NOT_TLS = new Set([
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_SSL_HTTP_REQUEST',
]);

/**
 * Speaks plain HTTP to endpoints that allow it and turn out not to speak TLS, and remembers them. As containerd
 * does, the first request to such an endpoint costs one failed handshake.
 * Source: containerd core/remotes/docker/resolver.go, httpFallback.
 */
export function withSchemeFallback(send: HttpSend): HttpSend {
  const plain = new Set<string>();
  return async (request) => {
    const { host, url } = request;
    if (!host.plainHttpFallback || !belongsToHost(url, host)) return send(request);
    if (plain.has(url.host)) return send(overPlainHttp(request));
    try {
      return await send(overScheme(request, 'https:'));
    } catch (error) {
      if (!NOT_TLS.has(errorCodeOf(error))) throw error;
      plain.add(url.host);
      return send(overPlainHttp(request));
    }
  };
}

function overPlainHttp(request: HttpRequest): HttpRequest {
  return overScheme(request, 'http:');
}

function overScheme(request: HttpRequest, protocol: string): HttpRequest {
  const url = new URL(request.url);
  url.protocol = protocol;
  return { ...request, url };
}
