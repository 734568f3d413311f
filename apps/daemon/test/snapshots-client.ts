import { join } from 'node:path';
import { type Client, credentials, loadPackageDefinition, type ServiceError } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

/** How overlayfs, or a bind mount, is to be mounted. */
export interface WireMount {
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
}

export interface WireInfo {
  readonly name: string;
  readonly parent: string;
  readonly kind: 'VIEW' | 'ACTIVE' | 'COMMITTED';
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * What containerd calls, from the .proto files alone: nothing that the daemon runs is used here. All reject with
 * grpc-js's ServiceError.
 */
export interface SnapshotsClient extends Disposable {
  prepare(
    key: string,
    parent: string,
    labels?: Readonly<Record<string, string>>,
  ): Promise<readonly WireMount[]>;
  view(key: string, parent: string): Promise<readonly WireMount[]>;
  mounts(key: string): Promise<readonly WireMount[]>;
  commit(name: string, key: string): Promise<void>;
  remove(key: string): Promise<void>;
  stat(key: string): Promise<WireInfo>;
}

type Call = (
  request: object,
  options: { deadline: number },
  done: (error: ServiceError | null, answer: unknown) => void,
) => void;

const protoDirectory = join(import.meta.dirname, '../../../packages/grpc-server/proto');
/** More than a call may take, less than a test: a call that hangs says which one it was. */
const CALL_TIMEOUT_MS = 30_000;

export function createSnapshotsClient(address: string): SnapshotsClient {
  const definition = loadSync('containerd/services/snapshots/v1/snapshots.proto', {
    includeDirs: [protoDirectory],
    enums: String,
    arrays: true,
    objects: true,
  });
  const names = loadPackageDefinition(definition) as unknown as ServiceNames;
  const client = new names.containerd.services.snapshots.v1.Snapshots(
    `unix:${address}`,
    credentials.createInsecure(),
    // A connection of its own: the pool would keep those of daemons that are gone.
    { 'grpc.use_local_subchannel_pool': 1 },
  );
  const call = <Answer>(method: string, request: object): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const options = { deadline: Date.now() + CALL_TIMEOUT_MS };
      const done = (error: ServiceError | null, answer: unknown) =>
        error ? reject(error) : resolve(answer as Answer);
      const send = (client as unknown as Record<string, Call>)[method]!;
      send.call(client, { snapshotter: 'sluice', ...request }, options, done);
    });
  const mountsOf = async (method: string, request: object) =>
    (await call<{ mounts: WireMount[] }>(method, request)).mounts;
  return {
    prepare: (key, parent, labels = {}) => mountsOf('Prepare', { key, parent, labels }),
    view: (key, parent) => mountsOf('View', { key, parent }),
    mounts: (key) => mountsOf('Mounts', { key }),
    commit: (name, key) => call('Commit', { name, key }),
    remove: (key) => call('Remove', { key }),
    stat: async (key) => (await call<{ info: WireInfo }>('Stat', { key })).info,
    [Symbol.dispose]: () => client.close(),
  };
}

interface ServiceNames {
  readonly containerd: {
    readonly services: { readonly snapshots: { readonly v1: { readonly Snapshots: typeof Client } } };
  };
}
