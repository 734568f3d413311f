/** What a request was for. `redirect` is a request to the place that a registry sent us to for a blob. */
export type RequestKind = 'blob' | 'manifest' | 'token' | 'redirect';

/** One HTTP request from its first byte sent to its last byte received. */
export interface RequestReport {
  /** Host and port that were asked, which may be a mirror's, a token server's or a redirect's. */
  readonly host: string;
  readonly kind: RequestKind;
  /** The HTTP status; 0 where there was no answer. A blob range answered with 200 has status 200. */
  readonly status: number;
  /** Bytes of body received, those that were thrown away among them. */
  readonly bytes: number;
  readonly durationMs: number;
}

/** Counts requests. Called once for every HTTP request, failed ones among them; must not throw. */
export interface RegistryMetrics {
  requestDone(report: RequestReport): void;
}
