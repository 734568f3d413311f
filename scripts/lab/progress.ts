/** Tells the reader how far it is. */
export interface Progress {
  /** Says what is being done, then how long it took (or that it failed), and returns its result. */
  stage<T>(title: string, work: () => Promise<T>): Promise<T>;
}

/** Writes a line a stage: the title at its start, the rest at its end. */
export function createProgress(write: (text: string) => void): Progress {
  return {
    async stage(title, work) {
      const startedMs = performance.now();
      write(`${title} ... `);
      try {
        const result = await work();
        write(`${((performance.now() - startedMs) / 1000).toFixed(1)} s\n`);
        return result;
      } catch (error) {
        write('failed\n');
        throw error;
      }
    },
  };
}
