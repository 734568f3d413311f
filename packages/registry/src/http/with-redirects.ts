import { RegistryError } from '../registry-error.ts';
import { belongsToHost } from './belongs-to-host.ts';
import type { HttpRequest, HttpResponse, HttpSend } from './http-exchange.ts';
import { transportFailure } from './transport-failure.ts';

const MAX_HOPS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** Of an address: it is too old, or the clocks differ. */
const REFUSALS = new Set([401, 403]);
/** Answers of a remembered place that a fresh address would not change. */
const ABOUT_THE_RANGE = new Set([408, 416, 429]);

/**
 * Follows redirects, and goes straight to the last good target of the same blob while that lasts: a registry's
 * signed addresses serve many ranges. When the target refuses, as it does when a signature has expired, the
 * registry is asked again at once.
 *
 * What goes along to another host is decided by the inner decorators (`belongsToHost`).
 */
export function withRedirects(send: HttpSend): HttpSend {
  return async (request) => {
    const { redirects, host, method = 'GET' } = request;
    // What is pushed is not sent elsewhere, and of what lies elsewhere HEAD wants to know no more.
    if (method !== 'GET') return send(request);
    const remembered = redirects?.get(host.baseUrl.href);
    if (remembered !== undefined) {
      const response = await tryRemembered(send, request, remembered);
      if (response !== undefined) return response;
    }
    const response = await follow(send, request);
    if (response.redirectedTo === undefined || !REFUSALS.has(response.status)) return response;
    // Addresses may have been revoked just now, all at once.
    await response.body.discard();
    return follow(send, request);
  };
}

/** @returns undefined where the target is no good any more; it is then forgotten */
async function tryRemembered(
  send: HttpSend,
  request: HttpRequest,
  target: URL,
): Promise<HttpResponse | undefined> {
  const forget = () => request.redirects?.delete(request.host.baseUrl.href);
  try {
    const response = await sendTo(send, request, target);
    const { status } = response;
    if (status >= 300 && status !== 416) forget();
    if (status < 300 || status >= 500 || ABOUT_THE_RANGE.has(status)) return response;
    await response.body.discard();
    return undefined;
  } catch (error) {
    forget();
    throw error;
  }
}

async function follow(send: HttpSend, request: HttpRequest): Promise<HttpResponse> {
  let { url } = request;
  for (let hops = 0; hops <= MAX_HOPS; hops += 1) {
    const response = await sendTo(send, request, url);
    if (!REDIRECTS.has(response.status)) {
      if (hops > 0 && response.status < 300) request.redirects?.set(request.host.baseUrl.href, url);
      return response;
    }
    await response.body.discard();
    url = targetOf(response, url, request.subject);
  }
  throw new RegistryError('BAD_RESPONSE', `${request.subject}: more than ${MAX_HOPS} redirects`, {
    retryable: false,
  });
}

async function sendTo(send: HttpSend, request: HttpRequest, url: URL): Promise<HttpResponse> {
  if (belongsToHost(url, request.host)) return send({ ...request, url });
  try {
    return { ...(await send({ ...request, url, kind: 'redirect' })), redirectedTo: url.host };
  } catch (error) {
    request.signal?.throwIfAborted();
    throw transportFailure(`${request.subject}: redirected to ${url.host}`, error);
  }
}

/** The address may hold a signature: it is never part of a message. */
function targetOf({ headers, status }: HttpResponse, from: URL, subject: string): URL {
  const target = URL.parse(headers['location'] ?? '', from.href);
  if (target === null || !/^https?:$/.test(target.protocol))
    throw new RegistryError('BAD_RESPONSE', `${subject}: a redirect (HTTP ${status}) to no usable address`);
  return target;
}
