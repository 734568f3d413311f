import type { GrpcServerMetrics } from '@sluice/grpc-server';
import type { RegistryMetrics } from '@sluice/registry';
import type { RemoteFsMetrics } from '@sluice/remote-fs';
import type { SnapshotterMetrics } from '@sluice/snapshotter-core';
import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';

/** What the daemon counts, as the packages want to tell it and as its users want to read it. */
export interface Metrics {
  readonly registry: RegistryMetrics;
  readonly remoteFs: RemoteFsMetrics;
  readonly snapshotter: SnapshotterMetrics;
  readonly grpc: GrpcServerMetrics;
  /** Since the start. */
  totals(): MetricTotals;
  /** The text format of Prometheus. */
  expose(): Promise<{ readonly contentType: string; readonly text: string }>;
}

export interface MetricTotals {
  /** Bytes that registries sent. */
  readonly bytesFetched: number;
  /** HTTP requests to registries. */
  readonly requests: number;
}

const secondsOfCalls = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10, 60];
const secondsOfNetwork = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60];

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const named = (name: string, help: string, labelNames: string[] = []) => ({
    name: `sluice_${name}`,
    help,
    labelNames,
    registers,
  });

  const fallbackCount = new Counter(
    named('layer_fallbacks_total', 'Layers unpacked in the ordinary way, by reason', ['reason']),
  );
  const mountSeconds = new Histogram({
    ...named('layer_mount_duration_seconds', 'Layers mounted lazily for Prepare'),
    buckets: secondsOfNetwork,
  });
  const requestCount = new Counter(
    named('registry_requests_total', 'HTTP requests to registries', ['kind', 'status']),
  );
  const fetchedBytes = new Counter(named('registry_bytes_total', 'Bytes that registries sent', ['kind']));
  const requestSeconds = new Histogram({
    ...named('registry_request_duration_seconds', 'HTTP requests to registries', ['kind']),
    buckets: secondsOfNetwork,
  });
  const missSeconds = new Histogram({
    ...named('read_miss_duration_seconds', 'Reads that had to wait for bytes', ['outcome']),
    buckets: secondsOfNetwork,
  });
  const rangeCount = new Counter(named('ranges_total', 'Ranges of layers fetched', ['outcome']));
  const unstoredBytes = new Counter(
    named(
      'content_unstored_bytes_total',
      'Bytes fetched and not kept: the disk is full or broken, or the store at its bound',
    ),
  );
  const callSeconds = new Histogram({
    ...named('grpc_call_duration_seconds', 'Calls of containerd', ['method', 'code']),
    buckets: secondsOfCalls,
  });

  const totals = { bytesFetched: 0, requests: 0 };
  const outcome = (failed: boolean) => (failed ? 'failed' : 'ok');
  return {
    registry: {
      requestDone({ kind, status, bytes, durationMs }) {
        totals.requests++;
        totals.bytesFetched += bytes;
        requestCount.inc({ kind, status });
        fetchedBytes.inc({ kind }, bytes);
        requestSeconds.observe({ kind }, durationMs / 1000);
      },
    },
    remoteFs: {
      readMissed: ({ durationMs, failed }) =>
        missSeconds.observe({ outcome: outcome(failed) }, durationMs / 1000),
      rangeFetched: ({ failed }) => rangeCount.inc({ outcome: outcome(failed) }),
      contentUnstored: ({ bytes }) => unstoredBytes.inc(bytes),
    },
    snapshotter: {
      lazilyPrepared: ({ durationMs }) => mountSeconds.observe(durationMs / 1000),
      fellBack: (reason) => fallbackCount.inc({ reason }),
    },
    grpc: {
      callDone: ({ method, code, durationMs }) => callSeconds.observe({ method, code }, durationMs / 1000),
    },
    totals: () => ({ ...totals }),
    expose: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}
