import { z } from 'zod';

/** Contents that were read again so far. */
const checked = { checked: z.number().int(), checkedBytes: z.number() };

const contentReport = z.object({
  /** Complete ones. */
  ...checked,
  /** Contents of which not all is here. An older daemon does not say. */
  partial: z
    .object({
      /** Those with chunks that readers are given as they are, which were read. */
      ...checked,
      /** The number of those chunks. */
      chunks: z.number().int(),
      /** Those that an earlier process has left: each chunk is verified before a reader is given it. */
      untrusted: z.number().int(),
    })
    .optional(),
  /** Digests, in hex, of contents whose bytes are not the right ones. */
  damaged: z.array(z.string()),
  /** Digests of contents of which nothing says what they have to be. */
  unknown: z.array(z.string()),
});

/**
 * `POST /v1/verify` answers in lines of JSON: about one a second says how far it is, the last one is the report. With the
 * parameter `repair`, damaged contents are removed, so that they are fetched again.
 */
export const verifyLineSchema = z.union([
  z.object({ report: contentReport }),
  z.object({ progress: z.object(checked) }),
]);

export type ContentReport = z.infer<typeof contentReport>;
export type VerifyLine = z.infer<typeof verifyLineSchema>;
