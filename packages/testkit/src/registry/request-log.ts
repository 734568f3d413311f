import type { IncomingHttpHeaders } from 'node:http';
import type { RequestKind } from './fault.ts';

/** A request as the server saw it. `status` and `bytesSent` grow while it is answered. */
export interface LoggedRequest {
  readonly kind: RequestKind;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** '' where the path names none. */
  readonly repository: string;
  /** The digest or tag asked for; '' where the path names none. */
  readonly name: string;
  readonly headers: IncomingHttpHeaders;
  /** 0 while there is no answer. */
  readonly status: number;
  /** Bytes of body handed to the connection. */
  readonly bytesSent: number;
}
