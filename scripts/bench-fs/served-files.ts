import type { FuseStats } from '../../packages/fuse/src/index.ts';

/** A server of the benchmark's files, in a process of its own. Disposing it ends the process; nothing stays mounted. */
export interface ServedFiles extends AsyncDisposable {
  /** Mounts the files afresh, so that the kernel remembers nothing of them. @returns the directory */
  mount(): Promise<string>;
  /** Takes away what was mounted last. */
  unmount(): Promise<void>;
  usage(): Promise<ServerUsage>;
}

/** What the server's process has used so far. */
export interface ServerUsage {
  readonly cpuMs: number;
  readonly rssMib: number;
  /** Of the last mount, if the server counts. */
  readonly stats: FuseStats | undefined;
}
