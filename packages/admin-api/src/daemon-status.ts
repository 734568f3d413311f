import { z } from 'zod';

/** `GET /v1/status` on the admin socket: is the daemon well, and what does it hold. */
export const daemonStatusSchema = z.object({
  version: z.string(),
  pid: z.number().int(),
  /** RFC 3339 */
  startedAt: z.string(),
  uptimeSeconds: z.number(),
  root: z.string(),
  address: z.string(),
  healthy: z.boolean(),
  /** What keeps it from being healthy, in sentences. */
  problems: z.array(z.string()),
  residentBytes: z.number(),
  snapshots: z.object({ active: z.number(), view: z.number(), committed: z.number(), remote: z.number() }),
  layers: z.object({
    mounted: z.number(),
    unavailable: z.number(),
    /** Layers that were unpacked in the ordinary way since the start, by reason. */
    fallbacks: z.record(z.string(), z.number()),
  }),
  content: z.object({ bytesLocal: z.number(), bytesFetched: z.number(), requests: z.number() }),
});

export type DaemonStatus = z.infer<typeof daemonStatusSchema>;
