import type { RegistryMetrics } from '../registry-metrics.ts';
import type { HttpBody, HttpRequest, HttpSend } from './http-exchange.ts';

/** Reports every request once: when its body has ended in whatever way, or when there was no answer. */
export function withMetrics(send: HttpSend, metrics: RegistryMetrics): HttpSend {
  return async (request) => {
    const report = reporter(request, metrics);
    try {
      const response = await send(request);
      return { ...response, body: counted(response.body, (bytes) => report(response.status, bytes)) };
    } catch (error) {
      report(0, 0);
      throw error;
    }
  };
}

function reporter(
  { url, kind }: HttpRequest,
  metrics: RegistryMetrics,
): (status: number, bytes: number) => void {
  const startedMs = performance.now();
  let reported = false;
  return (status, bytes) => {
    if (reported) return;
    reported = true;
    metrics.requestDone({ host: url.host, kind, status, bytes, durationMs: performance.now() - startedMs });
  };
}

function counted(body: HttpBody, done: (bytes: number) => void): HttpBody {
  async function* chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    let bytes = 0;
    try {
      for await (const chunk of body.chunks()) {
        bytes += chunk.length;
        yield chunk;
      }
    } finally {
      done(bytes);
    }
  }
  return {
    chunks,
    discard: () => body.discard().finally(() => done(0)),
    cancel: (reason) => body.cancel(reason),
  };
}
