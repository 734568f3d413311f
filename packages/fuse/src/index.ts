export type { ContentTable } from './content-table.ts';
export type { FuseDriver, FuseMount, FuseMountOptions, FuseSource } from './fuse-driver.ts';
export type { InodeTree } from './inode-tree.ts';
