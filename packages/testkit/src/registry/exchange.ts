import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Fault } from './fault.ts';
import type { LoggedRequest } from './request-log.ts';

/** One request under way. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly log: Mutable<LoggedRequest>;
  /** Faults about when and whether there is an answer have been dealt with; those about the body are left. */
  readonly fault: Fault | undefined;
  /** Whether a request for several ranges gets them; otherwise it gets the whole content. */
  readonly severalRanges: boolean;
}

export type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | number>>;
  readonly body?: string;
}

/** Sends a short answer. */
export function answer(
  { request, response, log }: Exchange,
  { status, headers = {}, body = '' }: Answer,
): void {
  log.status = status;
  response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers });
  log.bytesSent += request.method === 'HEAD' ? 0 : Buffer.byteLength(body);
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** Sends an error as distribution-spec 1.1, "Error Codes", has it. */
export function answerError(exchange: Exchange, status: number, code: string): void {
  const body = JSON.stringify({ errors: [{ code, message: code.toLowerCase().replaceAll('_', ' ') }] });
  answer(exchange, { status, headers: { 'content-type': 'application/json' }, body });
}
