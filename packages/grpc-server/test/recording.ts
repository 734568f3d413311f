import { readFileSync } from 'node:fs';

/** What a containerd sent to a snapshotter, and what it was answered, in its order. */
export interface Recording {
  /** Its version. */
  readonly containerd: string;
  readonly operations: readonly RecordedOperation[];
}

export interface RecordedOperation {
  /** What somebody did with containerd: 'ctr images pull'. */
  readonly operation: string;
  readonly calls: readonly RecordedCall[];
}

/** Messages are JSON of their protobuf, with names as in the .proto; times are as on the wire. */
export interface RecordedCall {
  readonly method: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly request: {
    readonly filters?: readonly string[];
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly error?: { readonly code: string };
  readonly response?: RecordedResponse;
}

export interface RecordedResponse {
  readonly mounts?: readonly {
    readonly type: string;
    readonly source: string;
    readonly options: readonly string[];
  }[];
  readonly info?: {
    readonly name: string;
    readonly parent: string;
    readonly kind: string;
    readonly labels: Readonly<Record<string, string>>;
  };
  /** Of List: how many infos came. The recorder did not look at filters. */
  readonly n?: number;
  readonly size?: string;
  readonly inodes?: string;
}

/** Recorded with real containerds and a snapshotter that claimed to have most layers. */
export const recordings: readonly Recording[] = ['1.6', '1.7', '2.1'].map((version) => {
  const file = new URL(`fixtures/containerd-${version}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as Recording;
});
