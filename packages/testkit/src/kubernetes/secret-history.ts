import { randomUUID } from 'node:crypto';

/** A Secret, as far as a test writes it. */
export interface TestSecret {
  readonly type: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly data: Readonly<Record<string, string>>;
}

export interface StoredSecret extends TestSecret {
  readonly apiVersion: 'v1';
  readonly kind: 'Secret';
  readonly metadata: TestSecret['metadata'] & {
    readonly uid: string;
    readonly resourceVersion: string;
    readonly creationTimestamp: string;
  };
}

export interface SecretEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: StoredSecret;
  readonly version: number;
}

/** The secrets of an API server, and how they came to be. */
export interface SecretHistory {
  readonly version: number;
  /** Versions before this one are forgotten. */
  readonly oldest: number;
  all(): readonly StoredSecret[];
  /** What has happened after a version. */
  since(version: number): readonly SecretEvent[];
  put(secret: TestSecret): void;
  remove(name: string, namespace: string): void;
  /** Forgets what was before now, as etcd's compaction does. */
  compact(): void;
}

/** @param onEvent is told of each change after it was made */
export function createSecretHistory(onEvent: (event: SecretEvent) => void): SecretHistory {
  const secrets = new Map<string, StoredSecret>();
  let events: SecretEvent[] = [];
  let version = 1000;
  let oldest = version;
  const happen = (type: SecretEvent['type'], secret: StoredSecret) => {
    version += 1;
    const metadata = { ...secret.metadata, resourceVersion: String(version) };
    const event = { type, version, object: { ...secret, metadata } };
    events.push(event);
    onEvent(event);
    return event.object;
  };
  return {
    get version() {
      return version;
    },
    get oldest() {
      return oldest;
    },
    all: () => [...secrets.values()],
    since: (from) => events.filter((event) => event.version > from),
    put(secret) {
      const key = `${secret.metadata.namespace}/${secret.metadata.name}`;
      const known = secrets.get(key);
      const creationTimestamp = known?.metadata.creationTimestamp ?? new Date(version * 1000).toISOString();
      const own = { uid: known?.metadata.uid ?? randomUUID(), resourceVersion: '', creationTimestamp };
      const metadata = { ...secret.metadata, ...own };
      const stored: StoredSecret = { apiVersion: 'v1', kind: 'Secret', ...secret, metadata };
      secrets.set(key, happen(known ? 'MODIFIED' : 'ADDED', stored));
    },
    remove(name, namespace) {
      const key = `${namespace}/${name}`;
      const known = secrets.get(key);
      if (!known) throw new Error(`test Kubernetes API: there is no secret ${key}`);
      secrets.delete(key);
      happen('DELETED', known);
    },
    compact() {
      // Something else has been written meanwhile.
      version += 10;
      oldest = version;
      events = [];
    },
  };
}
