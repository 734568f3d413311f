import { setTimeout as sleep } from 'node:timers/promises';
import type { AskApi } from './ask-api.ts';
import { jsonLines, parseJson } from './json-lines.ts';
import { KubePullSecretsError } from './kube-pull-secrets-error.ts';

/** What is told of the objects. */
export interface ObjectSink {
  /** A list begins: what it does not name is gone when it ends. */
  listing(): void;
  /** An object as the server has it, from a list or a change. */
  put(object: unknown): void;
  remove(object: unknown): void;
  /** The list is complete. */
  listed(): void;
  /** Something went wrong, and is tried again. */
  failed(error: unknown): void;
}

export interface WatchOptions {
  /** '/api/v1/secrets' */
  readonly path: string;
  /** Selectors, by the names of the parameters. */
  readonly query: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly limits: WatchLimits;
}

export interface WatchLimits {
  /** Objects in one answer of a list. */
  readonly pageSize: number;
  /** How long the server is asked to keep a watch open. */
  readonly watchSeconds: number;
  /** The first wait after a failure; it doubles from there, with jitter. */
  readonly backoffBaseMs: number;
  readonly backoffMaxMs: number;
  /** Without a byte of a list, after which it is given up; a watch gets `watchSeconds` more. */
  readonly idleMs: number;
}

/** One secret has at most 1 MiB, of which a third is the overhead of base64, and metadata. */
const MAX_OBJECT_BYTES = 4 << 20;
/** An answer of a list, beyond which it is not read. */
const MAX_PAGE_BYTES = 64 << 20;

/**
 * Follows objects of the API until the signal is aborted: lists them, then watches from there; where the watch ends, from
 * the last position; where that has been forgotten (410), by a new list. Failures are waited out.
 * Source: kubernetes.io, "Kubernetes API Concepts": efficient detection of changes, bookmarks, chunks, 410 Gone.
 */
export async function watchObjects(api: AskApi, sink: ObjectSink, options: WatchOptions): Promise<void> {
  const { signal, limits } = options;
  let position: string | undefined;
  let failures = 0;
  while (!signal.aborted) {
    const beganAt = performance.now();
    try {
      position ??= await list(api, sink, options);
      const watched = await watch(api, sink, { ...options, position });
      position = watched.position;
      failures = 0;
      if (!watched.isQuick) continue;
    } catch (error) {
      if (signal.aborted) return;
      const isExpired = error instanceof KubePullSecretsError && error.code === 'EXPIRED';
      if (isExpired) position = undefined;
      else sink.failed(error);
      // What has gone well for long is not in a row of failures.
      failures = performance.now() - beganAt > limits.backoffMaxMs ? 1 : failures + 1;
    }
    const ceilingMs = Math.min(limits.backoffMaxMs, limits.backoffBaseMs * 2 ** Math.min(failures, 20));
    await sleep(ceilingMs * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => {});
  }
}

type Table = Readonly<Record<string, unknown>>;

/** @returns the position from which to watch */
async function list(
  api: AskApi,
  sink: ObjectSink,
  { path, query, signal, limits }: WatchOptions,
): Promise<string> {
  sink.listing();
  let next = '';
  for (;;) {
    const page = new URLSearchParams({ ...query, limit: String(limits.pageSize) });
    if (next !== '') page.set('continue', next);
    const body = await api.get(`${path}?${page}`, { signal, idleMs: limits.idleMs });
    const answer = tableOf(parseJson(await textOf(body, signal)));
    for (const object of Array.isArray(answer['items']) ? answer['items'] : []) sink.put(object);
    const metadata = tableOf(answer['metadata']);
    next = typeof metadata['continue'] === 'string' ? metadata['continue'] : '';
    const { resourceVersion } = metadata;
    if (typeof resourceVersion !== 'string')
      throw new KubePullSecretsError('UNAVAILABLE', 'the Kubernetes API sent a list that is none');
    if (next !== '') continue;
    sink.listed();
    return resourceVersion;
  }
}

/** @returns where it has ended, and whether it did so at once: then it would be asked for in a tight loop */
async function watch(
  api: AskApi,
  sink: ObjectSink,
  { path, query, signal, limits, position: from }: WatchOptions & { readonly position: string },
): Promise<{ position: string; isQuick: boolean }> {
  const beganAt = performance.now();
  const { watchSeconds: timeoutSeconds } = limits;
  const asked = new URLSearchParams({
    ...query,
    watch: 'true',
    allowWatchBookmarks: 'true',
    resourceVersion: from,
    timeoutSeconds: String(timeoutSeconds),
  });
  const idleMs = limits.idleMs + timeoutSeconds * 1000;
  const body = await api.get(`${path}?${asked}`, { signal, idleMs });
  let position = from;
  try {
    for await (const line of jsonLines(body, MAX_OBJECT_BYTES)) {
      const { type, object } = tableOf(line);
      if (type === 'ERROR') throw errorOf(tableOf(object));
      if (type === 'ADDED' || type === 'MODIFIED') sink.put(object);
      else if (type === 'DELETED') sink.remove(object);
      const { resourceVersion } = tableOf(tableOf(object)['metadata']);
      if (typeof resourceVersion === 'string') position = resourceVersion;
    }
  } catch (error) {
    if (error instanceof KubePullSecretsError) throw error;
    // A connection that breaks ends a watch like any other end.
    if (signal.aborted) throw error;
  } finally {
    body.destroy();
  }
  return { position, isQuick: performance.now() - beganAt < limits.backoffMaxMs };
}

function errorOf({ code }: Table): KubePullSecretsError {
  if (code === 410)
    return new KubePullSecretsError('EXPIRED', 'the Kubernetes API has forgotten the position of the watch');
  return new KubePullSecretsError(
    'UNAVAILABLE',
    `the Kubernetes API ended a watch with status ${Number(code)}`,
  );
}

async function textOf(body: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<string> {
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  try {
    for await (const piece of body) {
      pieces.push(piece);
      sizeBytes += piece.length;
      if (sizeBytes > MAX_PAGE_BYTES) break;
    }
  } catch {
    signal.throwIfAborted();
    throw new KubePullSecretsError('UNAVAILABLE', 'the Kubernetes API broke off a list');
  }
  if (sizeBytes <= MAX_PAGE_BYTES) return Buffer.concat(pieces).toString();
  throw new KubePullSecretsError(
    'UNAVAILABLE',
    `the Kubernetes API sent a list of more than ${MAX_PAGE_BYTES} bytes`,
  );
}

function tableOf(value: unknown): Table {
  return typeof value === 'object' && value !== null ? (value as Table) : {};
}
