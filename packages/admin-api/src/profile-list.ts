import { z } from 'zod';

/** A profile without its ranges. Also the answer to `PUT /v1/profile`. */
export const profileRowSchema = z.object({
  /** The digest of the image's manifest; or, where that was not known, its reference. */
  image: z.string(),
  /** The reference that was started when it was learned. */
  reference: z.string(),
  /** RFC 3339 */
  recordedAt: z.string(),
  /** How many layers something was read of, in how many ranges, of how many compressed bytes. */
  layers: z.number().int(),
  ranges: z.number().int(),
  sizeBytes: z.number(),
});

/** The answer to `POST /v1/profile/push`. */
export const pushedProfileSchema = profileRowSchema.extend({
  /** The digest of the artifact's manifest. */
  artifact: z.string(),
});

/** `GET /v1/profiles` on the admin socket, sorted by reference, then by time; and `POST /v1/profile/pull`. */
export const profileListSchema = z.object({ profiles: z.array(profileRowSchema) });

export type ProfileRow = z.infer<typeof profileRowSchema>;
export type PushedProfile = z.infer<typeof pushedProfileSchema>;
export type ProfileList = z.infer<typeof profileListSchema>;
