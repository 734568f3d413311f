import { createHash } from 'node:crypto';
import { createSecureContext, getCACertificates } from 'node:tls';
import { Agent, type Dispatcher, errors, Pool, ProxyAgent } from 'undici';
import type { HostTls, RegistryHost } from '../hosts/registry-host.ts';
import { belongsToHost } from './belongs-to-host.ts';
import type { HttpBody, HttpRequest, HttpResponse, HttpSend } from './http-exchange.ts';
import { proxyFailure } from './proxy-failure.ts';
import type { ProxyRule } from './proxy-rule.ts';

export interface TransportOptions {
  /** Connections to one origin at a time; further requests wait for one. */
  readonly connectionsPerHost: number;
  readonly connectTimeoutMs: number;
  /** From the request's last byte to the answer's headers. */
  readonly headersTimeoutMs: number;
  readonly userAgent: string;
  /** Default: no proxies. */
  readonly proxies?: ProxyRule | undefined;
}

export interface Transport extends AsyncDisposable {
  readonly send: HttpSend;
}

/** As much of an unwanted body as is read to keep its connection. */
const DISCARD_BYTES = 128 * 1024;
/** As long as that may take. */
const DISCARD_MS = 1000;

/**
 * HTTP/1.1 on undici: one pool of connections per TLS configuration, proxy and origin.
 * Disposing it breaks off what is under way.
 */
export function createTransport(options: TransportOptions): Transport {
  const agents = new Map<string, Dispatcher>();
  let closed = false;
  const agentFor = (request: HttpRequest): Dispatcher => {
    if (closed) throw new errors.ClientDestroyedError();
    const settings = connectionSettings(request, options);
    const key = keyOf(settings);
    const agent = agents.get(key) ?? createAgent(settings, options);
    agents.set(key, agent);
    return agent;
  };
  return {
    send: async (request) => {
      const proxy = options.proxies?.(request.url);
      try {
        return await sendWith(agentFor(request), request, options);
      } catch (error) {
        throw proxy === undefined || request.signal?.aborted ? error : proxyFailure(request, proxy, error);
      }
    },
    [Symbol.asyncDispose]: async () => {
      closed = true;
      await Promise.all([...agents.values()].map((agent) => agent.destroy()));
    },
  };
}

interface ConnectionSettings {
  readonly isSecure: boolean;
  readonly tls: HostTls;
  readonly dialTimeoutMs: number;
  /** With its credentials. */
  readonly proxy: string | undefined;
}

/** A client certificate is a credential: a redirect's target does not see it. */
function connectionSettings({ host, url }: HttpRequest, options: TransportOptions): ConnectionSettings {
  const { clientPairs, ...anywhere } = host.tls;
  const own = clientPairs !== undefined && belongsToHost(url, host);
  const tls: HostTls = own ? { ...anywhere, clientPairs } : anywhere;
  return {
    isSecure: url.protocol === 'https:',
    tls,
    dialTimeoutMs: host.dialTimeoutMs ?? options.connectTimeoutMs,
    proxy: options.proxies?.(url)?.href,
  };
}

/** A digest, so that no private key is a key of a map. */
function keyOf(settings: ConnectionSettings): string {
  return createHash('sha256').update(JSON.stringify(settings)).digest('hex');
}

function createAgent(
  { isSecure, tls, dialTimeoutMs, proxy }: ConnectionSettings,
  options: TransportOptions,
): Dispatcher {
  const connect = {
    timeout: dialTimeoutMs,
    rejectUnauthorized: tls.skipVerify !== true,
    ...(isSecure ? { secureContext: secureContext(tls) } : {}),
  };
  const { connectionsPerHost: connections } = options;
  // HTTP/2 would put every range on one connection, with one congestion window.
  const settings: Agent.Options = { allowH2: false, connections };
  if (proxy === undefined) return new Agent({ ...settings, connect });
  return new ProxyAgent({
    ...settings,
    uri: proxy,
    connectTimeout: dialTimeoutMs,
    requestTls: connect,
    // Its own does not hand the settings on where there is no tunnel.
    factory: (origin, inherited) => new Pool(origin, { ...inherited, ...settings }),
  });
}

/** Made once: parsing some hundred authorities takes a tenth of a second, longer than a handshake. */
function secureContext(tls: HostTls): ReturnType<typeof createSecureContext> {
  const pairs = tls.clientPairs ?? [];
  return createSecureContext({
    ...(tls.skipVerify ? {} : { ca: authorities(tls) }),
    cert: pairs.map((pair) => pair.cert),
    key: pairs.map((pair) => pair.key),
  });
}

/** Node's own, those that the machine's administrator trusts, and the configured ones. */
function authorities({ ca = [] }: HostTls): string[] {
  return [...new Set([...getCACertificates('default'), ...getCACertificates('system'), ...ca])];
}

async function sendWith(
  dispatcher: Dispatcher,
  request: HttpRequest,
  { headersTimeoutMs, userAgent }: TransportOptions,
): Promise<HttpResponse> {
  const { url } = request;
  const response = await dispatcher.request({
    origin: url.origin,
    path: url.pathname + url.search,
    method: request.method ?? 'GET',
    headers: { 'user-agent': userAgent, ...headersOf(request) },
    body: request.body ?? null,
    signal: request.signal ?? null,
    headersTimeout: headersTimeoutMs,
    // The progress watch of the reader is stricter than a time between two chunks.
    bodyTimeout: 0,
  });
  // An abort between here and the first read must not become an unhandled 'error' event.
  response.body.on('error', () => {});
  return { status: response.statusCode, headers: joined(response.headers), body: bodyOf(response.body) };
}

/** The headers that an endpoint is configured with are for its own origin only. */
function headersOf({ host, url, headers }: HttpRequest): Record<string, string | string[]> {
  const all = belongsToHost(url, host) ? { ...lowerCased(host), ...headers } : headers;
  return Object.fromEntries(Object.entries(all).map(([k, v]) => [k, typeof v === 'string' ? v : [...v]]));
}

function lowerCased(host: RegistryHost): RegistryHost['headers'] {
  return Object.fromEntries(Object.entries(host.headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function joined(headers: Record<string, string | string[] | undefined>): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([k, v]) => [k, Array.isArray(v) ? v.join(', ') : v]),
  );
}

function bodyOf(body: Dispatcher.ResponseData['body']): HttpBody {
  return {
    chunks: () => body,
    discard: async () => {
      // Whatever goes wrong with bytes that nobody wants, the answer that they came with stands.
      await body.dump({ limit: DISCARD_BYTES, signal: AbortSignal.timeout(DISCARD_MS) }).catch(() => {});
    },
    cancel: (reason) => {
      body.destroy(reason);
    },
  };
}
