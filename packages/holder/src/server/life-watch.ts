/** Watches over one process: ends it when it gives no sign of life for as long as it has said that it would. */
export interface LifeWatch extends Disposable {
  /**
   * A sign of life. From now on the next one is waited for; what was said before no longer counts.
   *
   * @param withinMs when the next one comes, at the latest; 0 for never, which ends the watch
   */
  beat(pid: number, withinMs: number): void;
}

/** So often within its time the process is looked after. */
const LOOKS = 4;

/**
 * Disposing it ends the watch: the process has left, or is dead.
 *
 * Time counts by looks, at each of which no sign had come: a machine that stood still, this process with it, costs no
 * process its life. It is up to a quarter more than was said.
 *
 * @param end called at most once for a beat; ends the process
 */
export function createLifeWatch(end: (pid: number, withinMs: number) => void): LifeWatch {
  let timer: NodeJS.Timeout | undefined;

  function stop(): void {
    clearInterval(timer);
    timer = undefined;
  }

  return {
    beat(pid, withinMs) {
      stop();
      if (withinMs === 0) return;
      let looks = 0;
      const look = () => {
        if (++looks <= LOOKS) return;
        stop();
        end(pid, withinMs);
      };
      timer = setInterval(look, withinMs / LOOKS);
    },
    [Symbol.dispose]: stop,
  };
}
