import { z } from 'zod';

/** Offset and length, in bytes of the layer's compressed blob. */
const blobRange = z.tuple([z.number().int().nonnegative(), z.number().int().positive()]);

/**
 * `GET /v1/profile?image=...` on the admin socket, and the body of `PUT /v1/profile`: what an image reads while it starts.
 * It means the same on every machine.
 */
export const profileSchema = z.object({
  version: z.literal(1),
  /** The digest of the image's manifest; or, where that was not known, its reference. */
  image: z.string(),
  /** The reference that was started when it was learned. */
  reference: z.string(),
  /** RFC 3339 */
  recordedAt: z.string(),
  /** By the layers' digests: what was read, in the order in which it was first read. */
  layers: z.record(z.string(), z.array(blobRange)),
});

export type Profile = z.infer<typeof profileSchema>;
