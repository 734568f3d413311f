import { z } from 'zod';

const snapshotRow = z.object({
  id: z.number().int(),
  name: z.string(),
  parent: z.string(),
  kind: z.enum(['active', 'view', 'committed']),
  /** Whether its content is a lazily mounted layer. */
  lazy: z.boolean(),
  /** Why not, where a layer was to be provided and is not lazy; or what is wrong with a lazy one. */
  reason: z.string().optional(),
  /** The layer's digest, where known. */
  layer: z.string().optional(),
  /** Uncompressed bytes of the layer's contents on this disk, and in all; of a lazy snapshot only. */
  bytesLocal: z.number().optional(),
  bytesTotal: z.number().optional(),
  /** RFC 3339, with nanoseconds */
  createdAt: z.string(),
});

/** `GET /v1/snapshots` on the admin socket. */
export const snapshotListSchema = z.object({ snapshots: z.array(snapshotRow) });

export type SnapshotRow = z.infer<typeof snapshotRow>;
export type SnapshotList = z.infer<typeof snapshotListSchema>;
