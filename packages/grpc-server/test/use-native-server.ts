import { afterAll, beforeAll, expect } from 'vitest';
import { serveMemory } from './serve-memory.ts';
import { transportUnderTest } from './transport-under-test.ts';

/** A server on the native transport for the tests of a file. It has one snapshot, 'base'. */
export function useNativeServer() {
  let served: Awaited<ReturnType<typeof serveMemory>>;
  beforeAll(async () => {
    transportUnderTest.name = 'native';
    served = await serveMemory({ server: { maxRequestBytes: 100_000 } });
    await served.client.call('prepare', { key: 'base', labels: { a: 'x'.repeat(2000) } });
  });
  afterAll(async () => {
    await served[Symbol.asyncDispose]();
  });
  return {
    get address() {
      return served.address;
    },
    /** It is as well as before. */
    async expectWell(): Promise<void> {
      expect((await served.client.call('stat', { key: 'base' })).info?.name).toBe('base');
      expect(served.logs.lines.filter(({ level }) => level === 'error')).toEqual([]);
    },
  };
}
