import { z } from 'zod';

/** What comes with every HTTP status from 400 on. */
export const adminFailureSchema = z.object({
  /** A sentence: what failed, and what to do. */
  error: z.string(),
});

export type AdminFailure = z.infer<typeof adminFailureSchema>;
