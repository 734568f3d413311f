/** What is measured: a way to reach the same files. */
export interface Subject {
  readonly name: string;
  /** The FUSE driver that serves the files; none for the file system itself. */
  readonly driver?: 'kernel' | 'passthrough' | 'fuse-native';
  /** With overlayfs on top, as a container has it. */
  readonly overlay: boolean;
}

/** The first is what the ratios are to. */
export const subjects: readonly Subject[] = [
  { name: 'plain', overlay: false },
  { name: 'overlayfs on plain', overlay: true },
  { name: 'passthrough', driver: 'passthrough', overlay: false },
  { name: 'overlayfs on passthrough', driver: 'passthrough', overlay: true },
  { name: 'kernel driver', driver: 'kernel', overlay: false },
  { name: 'overlayfs on kernel driver', driver: 'kernel', overlay: true },
  { name: 'fuse-native', driver: 'fuse-native', overlay: false },
];
