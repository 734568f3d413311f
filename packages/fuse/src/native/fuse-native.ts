/** The part of the package `fuse-native` 2.2.6 that the driver uses; it has no types of its own. */

/** Answers an operation: a result of 0 or more, or a negated errno. */
export type NativeReply<T extends readonly unknown[] = []> = (result: number, ...values: T) => void;

/** `struct stat` as the library packs it: 32-bit numbers, times in milliseconds. */
export interface NativeStat {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly nlink: number;
  readonly ino: number;
  readonly rdev: number;
  readonly blksize: number;
  readonly blocks: number;
  readonly atime: number;
  readonly mtime: number;
  readonly ctime: number;
}

/** Every path begins with `/`; text that is not UTF-8 arrives damaged. Called on the main thread. */
export interface NativeOperations {
  getattr(path: string, reply: NativeReply<[NativeStat?]>): void;
  fgetattr(path: string, fd: number, reply: NativeReply<[NativeStat?]>): void;
  readdir(path: string, reply: NativeReply<[string[]?, NativeStat[]?]>): void;
  readlink(path: string, reply: NativeReply<[string?]>): void;
  open(path: string, flags: number, reply: NativeReply<[number?]>): void;
  release(path: string, fd: number, reply: NativeReply): void;
  /** `bytes` is the kernel's own buffer, gone after the reply, which is the number of bytes. */
  read(path: string, fd: number, bytes: Buffer, length: number, offset: number, reply: NativeReply): void;
  statfs(path: string, reply: NativeReply<[Readonly<Record<string, number>>?]>): void;
  /** The library's own handler calls these; `NativeHandlers` stands in its place. */
  getxattr(): void;
  listxattr(): void;
}

/** Handlers below the operations: they see the caller's buffer, without whose size an answer may be too long. */
export interface NativeHandlers {
  _op_getxattr(signal: NativeReply<[ArrayBufferLike]>, path: string, name: string, room: Buffer): void;
  _op_listxattr(signal: NativeReply<[ArrayBufferLike]>, path: string, room: Buffer): void;
}

export interface NativeMount extends NativeHandlers {
  mount(done: (error: Error | null) => void): void;
  unmount(done: (error: Error | null) => void): void;
}

export interface FuseNative {
  new (
    mountpoint: string,
    operations: NativeOperations,
    options: Readonly<Record<string, unknown>>,
  ): NativeMount;
  unmount(mountpoint: string, done: (error: Error | null) => void): void;
}
