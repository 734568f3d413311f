import { join } from 'node:path';

/** Where things are inside the container; `scripts/e2e/run-container.ts` mounts them. */
export const places = {
  /** The workspace, read-only. */
  workspace: join(import.meta.dirname, '..', '..', '..'),
  /** The registry's images and what is known of them; kept between runs. Read-only for the cases. */
  images: '/sluice-e2e/images',
  /** An empty directory on a file system that overlayfs can write to. */
  state: '/sluice-e2e/state',
} as const;
