import type { RegistryHost } from '../hosts/registry-host.ts';
import type { RequestKind } from '../registry-metrics.ts';

/**
 * One request to an endpoint or, after a redirect, to another place on its behalf.
 * Which headers and certificates go along is decided by whether `url` belongs to `host`.
 */
export interface HttpRequest {
  readonly host: RegistryHost;
  readonly url: URL;
  readonly kind: RequestKind;
  /** The registry of the image reference, whose endpoint `host` is. */
  readonly registry: string;
  /** As the endpoint calls it. */
  readonly repository: string;
  /** Begins the messages of errors, as `describeSubject` writes it. */
  readonly subject: string;
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT';
  /** What a token has to be for. Default: pull. */
  readonly access?: 'pull' | 'push';
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array;
  /** Where this blob was found last time, by endpoint; kept by the caller for as long as the blob is open. */
  readonly redirects?: RedirectMemory;
  readonly signal?: AbortSignal | undefined;
}

/** The last good redirect target of one blob, by the endpoint that gave it. */
export type RedirectMemory = Map<string, URL>;

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case; repeated headers joined by commas. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Must be read, discarded or cancelled, whatever the status: a connection waits for it. */
  readonly body: HttpBody;
  /** The host and port that answered, where a redirect led away from the endpoint. */
  readonly redirectedTo?: string;
}

export interface HttpBody {
  /** The bytes as they come. Leaving the loop early closes the connection. May be called once. */
  chunks(): AsyncIterable<Uint8Array>;
  /** Reads and drops what is left if it is little, so that the connection can be used again; never rejects. */
  discard(): Promise<void>;
  /** Closes the connection; `chunks` throws `reason`, if it has not ended. */
  cancel(reason: Error): void;
}

/**
 * Sends one request. Rejects with the transport's own error where there is no answer; any status is an answer.
 * Decorators of this type add credentials, follow redirects and count.
 */
export type HttpSend = (request: HttpRequest) => Promise<HttpResponse>;
