import { vi } from 'vitest';

/** Waits until an assertion holds. The limit is for what hangs; how long things take depends on the machine. */
export function eventually(assertion: () => void): Promise<void> {
  return vi.waitFor(assertion, { timeout: 15_000, interval: 10 });
}
