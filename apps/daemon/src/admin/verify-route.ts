import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RemoteFileSystem } from '@sluice/remote-fs';
import { type AdminRoute, refusal } from './admin-server.ts';

export interface VerifyRouteDeps {
  /** Undefined where no layer is mounted lazily. */
  readonly remoteFs: Pick<RemoteFileSystem, 'verifyContents'> | undefined;
}

const everyMs = 1000;

/** Reads all complete contents again, and says how far it is; a client that leaves ends it. */
export function createVerifyRoute({ remoteFs }: VerifyRouteDeps): AdminRoute {
  return {
    POST: async ({ query }) => {
      if (!remoteFs) return refusal(409, 'this daemon mounts no layers lazily, so it has no contents');
      const stream = Readable.from(linesOf(remoteFs, query.has('repair')));
      return { contentType: 'application/x-ndjson', stream };
    },
  };
}

/** Each is a `VerifyLine`. */
async function* linesOf(remoteFs: Pick<RemoteFileSystem, 'verifyContents'>, repair: boolean) {
  const leaving = new AbortController();
  let progress = { checked: 0, checkedBytes: 0 };
  const onProgress = (now: typeof progress) => {
    progress = now;
  };
  const verifying = remoteFs.verifyContents({ repair, signal: leaving.signal, onProgress });
  // Is waited for in turns: it may fail in between.
  verifying.catch(() => undefined);
  try {
    for (;;) {
      const report = await Promise.race([verifying, sleep(everyMs, undefined, { ref: false })]);
      yield `${JSON.stringify(report ? { report } : { progress })}\n`;
      if (report) return;
    }
  } finally {
    leaving.abort(new Error('the client has left'));
  }
}
