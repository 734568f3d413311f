import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TestCertificates } from '../registry/test-certificates.ts';
import { startTestServer } from '../registry/test-server.ts';
import {
  createSecretHistory,
  type SecretEvent,
  type StoredSecret,
  type TestSecret,
} from './secret-history.ts';

export interface TestKubeApiOptions {
  readonly certificates: TestCertificates;
  /** Who may ask: a bearer token, or whoever shows a certificate of the authority. Default: everybody. */
  readonly token?: string;
  readonly clientCertificate?: boolean;
}

/**
 * An API server on 127.0.0.1 that has secrets, and lists and watches them over TLS: selectors, chunks, bookmarks, 410.
 * Source: kubernetes.io, "Kubernetes API Concepts".
 */
export interface TestKubeApi extends AsyncDisposable {
  /** https://127.0.0.1:... */
  readonly url: string;
  readonly host: string;
  /** Paths with their queries, in order of arrival. Tests may empty it. */
  readonly requests: string[];
  /** Watches that are open now. */
  readonly watches: number;
  put(secret: TestSecret): void;
  remove(name: string, namespace?: string): void;
  /** Forgets what was before: watches from there get 410, and so do lists that are to be continued. */
  compact(): void;
  /** Tells open watches how far they are. */
  bookmark(): void;
  /** Ends open watches: as their time is over, or as a network does. */
  endWatches(how: 'clean' | 'reset'): void;
  /** Sends a line that is none to open watches. */
  garble(line: string): void;
  /** From now on only this token is good. */
  changeToken(token: string): void;
  /** Every answer has this status; undefined for none. */
  failWith(status: number | undefined): void;
}

interface Watch {
  readonly response: ServerResponse;
  readonly isWanted: (secret: StoredSecret) => boolean;
  readonly bookmarks: boolean;
}

export async function createTestKubeApi(options: TestKubeApiOptions): Promise<TestKubeApi> {
  const requests: string[] = [];
  const watches = new Set<Watch>();
  let { token } = options;
  let failure: number | undefined;
  const tell = ({ type, object }: Pick<SecretEvent, 'type' | 'object'>) => {
    for (const { response, isWanted } of watches)
      if (isWanted(object)) response.write(`${JSON.stringify({ type, object })}\n`);
  };
  const history = createSecretHistory(tell);

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    requests.push(request.url ?? '');
    const url = new URL(request.url ?? '/', 'https://kubernetes.invalid');
    const [, namespace] = /^\/api\/v1(?:\/namespaces\/([^/]+))?\/secrets$/.exec(url.pathname) ?? [
      undefined,
      null,
    ];
    if (failure) return fail(response, failure);
    if (token && request.headers.authorization !== `Bearer ${token}`) return fail(response, 401);
    if (namespace === null) return fail(response, 404);
    const isWanted = selectorOf(url.searchParams, namespace);
    if (url.searchParams.get('watch') === 'true') return watch(url.searchParams, response, isWanted);
    list(url.searchParams, response, isWanted);
  };

  const list = (query: URLSearchParams, response: ServerResponse, isWanted: Watch['isWanted']) => {
    const [version = history.version, from = 0] = (query.get('continue') ?? '')
      .split(' ')
      .filter(Boolean)
      .map(Number);
    if (version < history.oldest) return fail(response, 410);
    const all = history.all().filter(isWanted);
    const until = from + Number(query.get('limit') ?? Number.POSITIVE_INFINITY);
    const more = until < all.length ? { continue: `${version} ${until}` } : {};
    const metadata = { resourceVersion: String(version), ...more };
    send(response, 200, { kind: 'SecretList', apiVersion: 'v1', metadata, items: all.slice(from, until) });
  };

  const watch = (query: URLSearchParams, response: ServerResponse, isWanted: Watch['isWanted']) => {
    const from = Number(query.get('resourceVersion'));
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    if (from < history.oldest) {
      const object = statusOf(410);
      return void response.end(`${JSON.stringify({ type: 'ERROR', object })}\n`);
    }
    const bookmarks = query.get('allowWatchBookmarks') === 'true';
    const open: Watch = { response, isWanted, bookmarks };
    watches.add(open);
    response.on('close', () => watches.delete(open));
    for (const { type, object } of history.since(from))
      if (isWanted(object)) response.write(`${JSON.stringify({ type, object })}\n`);
  };

  const server = await startTestServer({
    certificates: options.certificates,
    clientCertificate: options.clientCertificate ?? false,
    handle,
  });
  return {
    url: server.url,
    host: server.host,
    requests,
    get watches() {
      return watches.size;
    },
    put: (secret) => history.put(secret),
    remove: (name, namespace = 'default') => history.remove(name, namespace),
    compact: () => history.compact(),
    bookmark() {
      const metadata = { resourceVersion: String(history.version) };
      const line = { type: 'BOOKMARK', object: { kind: 'Secret', apiVersion: 'v1', metadata } };
      for (const { response, bookmarks } of watches)
        if (bookmarks) response.write(`${JSON.stringify(line)}\n`);
    },
    endWatches(how) {
      for (const { response } of watches) {
        if (how === 'clean') response.end();
        else response.socket?.destroy();
      }
      watches.clear();
    },
    garble(line) {
      for (const { response } of watches) response.write(line);
    },
    changeToken: (other) => {
      token = other;
    },
    failWith: (status) => {
      failure = status;
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function selectorOf(query: URLSearchParams, namespace: string | undefined): Watch['isWanted'] {
  const type = /^type=(.*)$/.exec(query.get('fieldSelector') ?? '')?.[1];
  const labels = (query.get('labelSelector') ?? '')
    .split(',')
    .filter(Boolean)
    .map((term) => term.split('='));
  return (secret) =>
    (type === undefined || secret.type === type) &&
    (namespace === undefined || secret.metadata.namespace === namespace) &&
    labels.every(([key = '', value]) => secret.metadata.labels[key] === value);
}

function fail(response: ServerResponse, status: number): void {
  send(response, status, statusOf(status));
}

function statusOf(code: number): object {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, message: `status ${code}` };
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
