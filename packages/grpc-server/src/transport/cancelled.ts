import { SnapshotterError } from '@sluice/snapshotter-core';

/** Why signals are aborted. Made once: a stack costs as much as a small call. */
export const CANCELLED = new SnapshotterError(
  'CANCELLED',
  'the client cancelled the call, or its time was over',
);
