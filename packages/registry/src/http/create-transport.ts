import { createHash } from 'node:crypto';
import { createSecureContext, getCACertificates } from 'node:tls';
import { Agent, type Dispatcher, errors } from 'undici';
import type { HostTls, RegistryHost } from '../hosts/registry-host.ts';
import { belongsToHost } from './belongs-to-host.ts';
import type { HttpBody, HttpRequest, HttpResponse, HttpSend } from './http-exchange.ts';

export interface TransportOptions {
  /** Connections to one origin at a time; further requests wait for one. */
  readonly connectionsPerHost: number;
  readonly connectTimeoutMs: number;
  /** From the request's last byte to the answer's headers. */
  readonly headersTimeoutMs: number;
  readonly userAgent: string;
}

export interface Transport extends AsyncDisposable {
  readonly send: HttpSend;
}

/** As much of an unwanted body as is read to keep its connection. */
const DISCARD_BYTES = 128 * 1024;
/** As long as that may take. */
const DISCARD_MS = 1000;

/**
 * HTTP/1.1 on undici: one pool of connections per TLS configuration and origin.
 * Disposing it breaks off what is under way.
 */
export function createTransport(options: TransportOptions): Transport {
  const agents = new Map<string, Agent>();
  let closed = false;
  const agentFor = (request: HttpRequest): Agent => {
    if (closed) throw new errors.ClientDestroyedError();
    const settings = connectionSettings(request, options);
    const key = keyOf(settings);
    const agent = agents.get(key) ?? createAgent(settings, options);
    agents.set(key, agent);
    return agent;
  };
  return {
    send: async (request) => sendWith(agentFor(request), withUserAgent(request, options.userAgent)),
    [Symbol.asyncDispose]: async () => {
      closed = true;
      await Promise.all([...agents.values()].map((agent) => agent.destroy()));
    },
  };
}

interface ConnectionSettings {
  readonly tls: HostTls;
  readonly dialTimeoutMs: number;
}

/** A client certificate is a credential: a redirect's target does not see it. */
function connectionSettings({ host, url }: HttpRequest, options: TransportOptions): ConnectionSettings {
  const { clientPairs, ...anywhere } = host.tls;
  const own = clientPairs !== undefined && belongsToHost(url, host);
  const tls: HostTls = own ? { ...anywhere, clientPairs } : anywhere;
  return { tls, dialTimeoutMs: host.dialTimeoutMs ?? options.connectTimeoutMs };
}

/** A digest, so that no private key is a key of a map. */
function keyOf(settings: ConnectionSettings): string {
  return createHash('sha256').update(JSON.stringify(settings)).digest('hex');
}

function createAgent({ tls, dialTimeoutMs }: ConnectionSettings, options: TransportOptions): Agent {
  return new Agent({
    // HTTP/2 would put every range on one connection, with one congestion window.
    allowH2: false,
    connections: options.connectionsPerHost,
    headersTimeout: options.headersTimeoutMs,
    // The progress watch of the reader is stricter than a time between two chunks.
    bodyTimeout: 0,
    connect: {
      timeout: dialTimeoutMs,
      rejectUnauthorized: tls.skipVerify !== true,
      secureContext: secureContext(tls),
    },
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

async function sendWith(dispatcher: Dispatcher, request: HttpRequest): Promise<HttpResponse> {
  const { url } = request;
  const response = await dispatcher.request({
    origin: url.origin,
    path: url.pathname + url.search,
    method: request.method ?? 'GET',
    headers: headersOf(request),
    body: request.body ?? null,
    signal: request.signal ?? null,
  });
  // An abort between here and the first read must not become an unhandled 'error' event.
  response.body.on('error', () => {});
  return { status: response.statusCode, headers: joined(response.headers), body: bodyOf(response.body) };
}

function withUserAgent(request: HttpRequest, userAgent: string): HttpRequest {
  return { ...request, headers: { 'user-agent': userAgent, ...request.headers } };
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
