import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { contentOfBytes, contentOfFile } from './content.ts';
import { answer, answerError, type Exchange, type Mutable } from './exchange.ts';
import type { RequestKind } from './fault.ts';
import { createFaultPlan, type FaultPlan } from './fault-plan.ts';
import type { LoggedRequest } from './request-log.ts';
import { serveContent } from './serve-content.ts';
import { type PushShelves, servePush, serveReferrers } from './serve-push.ts';
import { createTestAuth, type TestAuth, type TestAuthOptions } from './test-auth.ts';
import type { TestCertificates } from './test-certificates.ts';
import { startTestServer } from './test-server.ts';

export interface TestRegistryOptions {
  readonly port?: number;
  /** Speak HTTPS with these (`createTestCertificates`). */
  readonly tls?: TestCertificates;
  /** Refuse clients without a certificate of the authority of `tls`. */
  readonly clientCertificate?: boolean;
  readonly auth?: TestAuthOptions;
  /** Send clients that want a blob to a second server with a signed address, as cloud registries do. */
  readonly redirectBlobs?: boolean;
  /** Answer requests for several ranges with multipart/byteranges, as few registries do. Default: with the whole blob. */
  readonly severalRanges?: boolean;
  /** Take what is pushed. Default: answer with 405, as a mirror does. */
  readonly push?: boolean;
  /** Serve the referrers API and list what is pushed with a `subject`. Default: as registries before 1.1 do. */
  readonly referrers?: boolean;
  /** Referrers in one page. Default: all. */
  readonly referrersPage?: number;
}

/**
 * A registry on 127.0.0.1 that serves what a test puts in, and fails as the test tells it. Blobs are shared by all
 * repositories. Implements the pull side of distribution-spec 1.1, well enough for containerd, and as much of
 * the push side as single pieces need.
 */
export interface TestRegistry extends AsyncDisposable {
  /** Host and port, as image references have them. */
  readonly host: string;
  readonly url: string;
  /** The place that blobs are redirected to; undefined without `redirectBlobs`. */
  readonly storageHost: string | undefined;
  readonly faults: FaultPlan;
  /** Every request so far, in order of arrival. Tests may empty it. */
  readonly requests: LoggedRequest[];
  /** @returns the digest */
  addBlob(bytes: Uint8Array): string;
  /** Served from the disk. The file must stay as it is. */
  addBlobFile(path: string): Promise<{ readonly digest: string; readonly size: number }>;
  /** @param manifest its bytes, or what becomes them as JSON @returns a descriptor of it */
  addManifest(
    repository: string,
    manifest: Uint8Array | object,
    mediaType: string,
  ): { readonly mediaType: string; readonly digest: string; readonly size: number };
  tag(repository: string, tag: string, digest: string): void;
  /** From now on tokens issued so far are refused. */
  revokeTokens(): void;
  /** From now on signed addresses given so far are refused with 403. */
  expireSignatures(): void;
}

interface Shelves extends PushShelves {
  readonly requests: LoggedRequest[];
  readonly faults: FaultPlan;
  readonly signatures: Set<string>;
  readonly severalRanges: boolean;
}

export async function createTestRegistry(options: TestRegistryOptions = {}): Promise<TestRegistry> {
  const shelves: Shelves = {
    blobs: new Map(),
    manifests: new Map(),
    requests: [],
    faults: createFaultPlan(),
    signatures: new Set(),
    severalRanges: options.severalRanges ?? false,
    uploads: new Set(),
    push: options.push ?? false,
    referrersPage: options.referrers ? (options.referrersPage ?? Number.POSITIVE_INFINITY) : 0,
  };
  const storage = options.redirectBlobs
    ? await startTestServer({
        certificates: options.tls,
        handle: (request, response) => handle(request, response, { shelves, auth, serve: serveStorage }),
      })
    : undefined;
  let url = '';
  const auth = createTestAuth(options.auth ?? { kind: 'none' }, () => `${url}/token`);
  const server = await startTestServer({
    port: options.port,
    certificates: options.tls,
    clientCertificate: options.clientCertificate ?? false,
    handle: (request, response) =>
      handle(request, response, {
        shelves,
        auth,
        serve: (exchange) => serveApi(exchange, shelves, auth, storage?.url),
      }),
  });
  url = server.url;
  return {
    host: server.host,
    url: server.url,
    storageHost: storage?.host,
    ...shelfMethods(shelves),
    revokeTokens: () => auth.revokeTokens(),
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await storage?.[Symbol.asyncDispose]();
    },
  };
}

function shelfMethods(shelves: Shelves) {
  const { blobs, manifests, requests, faults, signatures } = shelves;
  return {
    requests,
    faults,
    addBlob: (bytes: Uint8Array): string => {
      const content = contentOfBytes(bytes);
      blobs.set(content.digest, content);
      return content.digest;
    },
    addBlobFile: async (path: string) => {
      const content = await contentOfFile(path);
      blobs.set(content.digest, content);
      return { digest: content.digest, size: content.size };
    },
    addManifest: (repository: string, manifest: Uint8Array | object, mediaType: string) => {
      const bytes = manifest instanceof Uint8Array ? manifest : Buffer.from(JSON.stringify(manifest));
      const content = contentOfBytes(bytes);
      manifests.set(`${repository} ${content.digest}`, { content, mediaType });
      return { mediaType, digest: content.digest, size: content.size };
    },
    tag: (repository: string, tag: string, digest: string): void => {
      const manifest = manifests.get(`${repository} ${digest}`);
      if (manifest === undefined) throw new Error(`test registry: no manifest ${digest} in ${repository}`);
      manifests.set(`${repository} ${tag}`, manifest);
    },
    expireSignatures: () => signatures.clear(),
  };
}

interface Handler {
  readonly shelves: Shelves;
  readonly auth: TestAuth;
  readonly serve: (exchange: Exchange, shelves: Shelves) => Promise<void> | void;
}

async function handle(request: IncomingMessage, response: ServerResponse, handler: Handler): Promise<void> {
  const { shelves, auth, serve } = handler;
  const url = new URL(request.url ?? '/', 'http://registry.invalid');
  const log: Mutable<LoggedRequest> = {
    ...classify(url.pathname),
    method: request.method ?? '',
    path: url.pathname + url.search,
    headers: request.headers,
    status: 0,
    bytesSent: 0,
  };
  shelves.requests.push(log);
  const fault = shelves.faults.take(log);
  const exchange: Exchange = { request, response, url, log, fault, severalRanges: shelves.severalRanges };
  if (fault?.kind === 'hang') return void (await once(response, 'close'));
  if (fault?.kind === 'reset' && log.kind === 'token') return void request.socket.resetAndDestroy();
  if (fault?.kind === 'status') return answer(exchange, fault);
  if (fault?.kind === 'redirect')
    return answer(exchange, { status: fault.status ?? 307, headers: { location: fault.location } });
  if (fault?.kind === 'expire-tokens') auth.revokeTokens();
  if (fault?.kind === 'expire-signatures') shelves.signatures.clear();
  await serve(exchange, shelves);
}

const kinds: Readonly<Record<string, RequestKind>> = {
  manifests: 'manifest',
  blobs: 'blob',
  'blobs/uploads': 'upload',
  referrers: 'referrers',
};

function classify(path: string): { kind: RequestKind; repository: string; name: string } {
  if (path === '/token') return { kind: 'token', repository: '', name: '' };
  if (path.startsWith('/storage/'))
    return { kind: 'storage', repository: '', name: path.slice('/storage/'.length) };
  const match = /^\/v2\/(.+)\/(manifests|blobs\/uploads|blobs|referrers)\/([^/]*)$/.exec(path);
  const [, repository = '', shelf = '', name = ''] = match ?? [];
  return { kind: kinds[shelf] ?? 'base', repository, name };
}

async function serveApi(
  exchange: Exchange,
  shelves: Shelves,
  auth: TestAuth,
  storageUrl: string | undefined,
): Promise<void> {
  const { kind } = exchange.log;
  if (kind === 'token') return auth.serveToken(exchange);
  exchange.response.setHeader('docker-distribution-api-version', 'registry/2.0');
  if (!auth.admits(exchange)) return;
  if (kind === 'upload' || exchange.request.method === 'PUT') return servePush(exchange, shelves);
  if (kind === 'referrers') return serveReferrers(exchange, shelves);
  if (kind === 'manifest') return serveManifest(exchange, shelves);
  if (kind === 'blob') return serveBlob(exchange, shelves, storageUrl);
  if (exchange.url.pathname === '/v2/' || exchange.url.pathname === '/v2')
    return answer(exchange, { status: 200, headers: { 'content-type': 'application/json' }, body: '{}' });
  answerError(exchange, 404, 'NAME_UNKNOWN');
}

function serveManifest(exchange: Exchange, { manifests }: Shelves): Promise<void> | void {
  const { repository, name } = exchange.log;
  const manifest = manifests.get(`${repository} ${name}`);
  if (manifest === undefined) return answerError(exchange, 404, 'MANIFEST_UNKNOWN');
  const { digest } = manifest.content;
  return serveContent(exchange, manifest.content, {
    'content-type': manifest.mediaType,
    'docker-content-digest': digest,
    etag: `"${digest}"`,
  });
}

function serveBlob(
  exchange: Exchange,
  shelves: Shelves,
  storageUrl: string | undefined,
): Promise<void> | void {
  const content = shelves.blobs.get(exchange.log.name);
  if (content === undefined) return answerError(exchange, 404, 'BLOB_UNKNOWN');
  if (storageUrl !== undefined) {
    const signature = randomUUID();
    shelves.signatures.add(signature);
    const location = `${storageUrl}/storage/${content.digest}?signature=${signature}`;
    return answer(exchange, { status: 307, headers: { location } });
  }
  return serveContent(exchange, content, {
    'content-type': 'application/octet-stream',
    'docker-content-digest': content.digest,
    etag: `"${content.digest}"`,
  });
}

/** As object storage does: no names of the registry, no HEAD, and a refusal of old or foreign signatures. */
function serveStorage(exchange: Exchange, { blobs, signatures }: Shelves): Promise<void> | void {
  const content = blobs.get(exchange.log.name);
  const signed = signatures.has(exchange.url.searchParams.get('signature') ?? '');
  if (!signed || exchange.request.method !== 'GET') return answerError(exchange, 403, 'SIGNATURE_EXPIRED');
  if (content === undefined) return answerError(exchange, 404, 'NO_SUCH_KEY');
  return serveContent(exchange, content, { 'content-type': 'application/octet-stream' });
}
