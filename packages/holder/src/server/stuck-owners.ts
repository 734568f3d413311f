import type { EndedOwner } from '../holder.ts';

/** Owners that hang, and the end of them. */
export interface StuckOwners {
  /** Ends a process that gives no sign of life. It is noted, here and in this process's log. */
  end(pid: number, withinMs: number): void;
  /** The last one that was ended, unless that was told already: what 'hello' is answered with, too. */
  takeLast(): { readonly ended?: EndedOwner };
}

export function createStuckOwners(): StuckOwners {
  let last: EndedOwner | undefined;
  return {
    end(pid, withinMs) {
      const now = new Date();
      const what = `process ${pid} has given no sign of life for ${withinMs} ms`;
      process.stderr.write(
        `${now.toISOString()} sluice-holder: ${what}: it is ended, to be started again by whoever supervises it\n`,
      );
      last = { pid, withinMs, atMs: now.getTime() };
      kill(pid);
    },
    takeLast() {
      const ended = last;
      last = undefined;
      return ended ? { ended } : {};
    },
  };
}

/** It is stuck, so it would answer no other signal. Its connection was open a moment ago, so it is no other process. */
function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has just ended by itself.
  }
}
