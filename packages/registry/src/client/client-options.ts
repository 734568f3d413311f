/** Limits and habits of a registry client. Every one has a default that suits a node pulling over a good network. */
export interface RegistryClientOptions {
  /** Connections to one host at a time. Default 16. */
  readonly connectionsPerHost?: number;
  /** Until a connection stands, TLS among it. Default 10 000; a host's `dial_timeout` wins. */
  readonly connectTimeoutMs?: number;
  /** Until the headers of an answer are there. Default 15 000. */
  readonly headersTimeoutMs?: number;
  /** A body that brings fewer than `stallMinBytes` in so many milliseconds is given up. Default 15 000. */
  readonly stallTimeoutMs?: number;
  /** Default 4096. */
  readonly stallMinBytes?: number;
  /** Requests at each host, the first among them, before an operation fails. Default 4. */
  readonly attemptsPerHost?: number;
  /** The first wait between two attempts; it doubles from there, with jitter. Default 100. */
  readonly backoffBaseMs?: number;
  /** The longest wait between two attempts; a longer Retry-After is an error at once. Default 10 000. */
  readonly backoffMaxMs?: number;
  /** How long a host that goes on failing is asked last, where there are others. Default 30 000. */
  readonly hostCooldownMs?: number;
  /** How many bytes of a body to read where a host ignores ranges, before giving that host up. Default 256 MiB. */
  readonly maxUnrangedBytes?: number;
  /** How the client calls itself. Default 'sluice'. */
  readonly userAgent?: string;
}

export type ClientLimits = Required<RegistryClientOptions>;

/** The defaults with the caller's choices over them. */
export function clientLimits(options: RegistryClientOptions): ClientLimits {
  const defaults: ClientLimits = {
    connectionsPerHost: 16,
    connectTimeoutMs: 10_000,
    headersTimeoutMs: 15_000,
    stallTimeoutMs: 15_000,
    stallMinBytes: 4096,
    attemptsPerHost: 4,
    backoffBaseMs: 100,
    backoffMaxMs: 10_000,
    hostCooldownMs: 30_000,
    maxUnrangedBytes: 256 * 1024 * 1024,
    userAgent: 'sluice',
  };
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(given) };
}
