import type { DriverName } from './server-process.ts';

/** What is measured: a way to reach the same files. */
export interface Subject {
  readonly name: string;
  /** The FUSE server of the files: a driver of packages/fuse, or the stargz snapshotter; none for the disk itself. */
  readonly server?: DriverName | 'stargz';
  /** With overlayfs on top, as a container has it. */
  readonly overlay: boolean;
}

/** The first is what the ratios are to; those that the goals compare are neighbours, for the machine's load changes. */
export const subjects: readonly Subject[] = [
  { name: 'plain', overlay: false },
  { name: 'passthrough', server: 'passthrough', overlay: false },
  { name: 'stargz', server: 'stargz', overlay: false },
  { name: 'kernel driver', server: 'kernel', overlay: false },
  { name: 'fuse-native', server: 'fuse-native', overlay: false },
  { name: 'overlayfs on plain', overlay: true },
  { name: 'overlayfs on passthrough', server: 'passthrough', overlay: true },
  { name: 'overlayfs on kernel driver', server: 'kernel', overlay: true },
];
