export type { ContentTable } from './content-table.ts';
export type { FuseDriver, FuseMount, FuseMountOptions, FuseSource } from './fuse-driver.ts';
export { FuseError, type FuseErrorCode } from './fuse-error.ts';
export type { FuseLogger } from './fuse-logger.ts';
export type { FuseStats } from './fuse-stats.ts';
export type { InodeTree } from './inode-tree.ts';
export { createKernelDriver, type KernelDriverOptions } from './kernel/create-kernel-driver.ts';
export type { PassthroughState } from './passthrough-state.ts';
