import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createMetrics } from './metrics.ts';

const request = { host: 'h', kind: 'blob', status: 206, bytes: 1000, durationMs: 5 } as const;

describe('createMetrics', () => {
  it('sums requests and bytes of registries', () => {
    const metrics = createMetrics();
    metrics.registry.requestDone(request);
    metrics.registry.requestDone({ ...request, kind: 'token', bytes: 10 });
    expect(metrics.totals()).toMatchObject({ requests: 2, bytesFetched: 1010 });
  });

  it('exposes everything in the text format of Prometheus', async () => {
    const metrics = createMetrics();
    metrics.registry.requestDone(request);
    metrics.snapshotter.fellBack('corrupt');
    metrics.snapshotter.lazilyPrepared({ durationMs: 1 });
    metrics.remoteFs.readMissed({ durationMs: 3, failed: true });
    metrics.remoteFs.rangeFetched({ bytes: 1, durationMs: 3, failed: false });
    metrics.remoteFs.contentUnstored({ bytes: 4096 });
    metrics.grpc.callDone({ method: 'Prepare', code: 'ALREADY_EXISTS', durationMs: 2 });
    const { contentType, text } = await metrics.expose();
    expect(contentType).toContain('text/plain');
    for (const line of [
      'sluice_layer_fallbacks_total{reason="corrupt"} 1',
      'sluice_layer_mount_duration_seconds_count 1',
      'sluice_registry_requests_total{kind="blob",status="206"} 1',
      'sluice_registry_bytes_total{kind="blob"} 1000',
      'sluice_read_miss_duration_seconds_count{outcome="failed"} 1',
      'sluice_ranges_total{outcome="ok"} 1',
      'sluice_content_unstored_bytes_total 4096',
      'sluice_grpc_call_duration_seconds_count{method="Prepare",code="ALREADY_EXISTS"} 1',
      'process_resident_memory_bytes',
    ]) {
      expect(text).toContain(line);
    }
  });

  it('exposes what the README describes, and nothing else', async () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    const described = [...readme.matchAll(/^\| `(sluice_[a-z_]+)` \|/gm)].map(([, name]) => name);
    const { text } = await createMetrics().expose();
    const exposed = [...text.matchAll(/^# TYPE (sluice_[a-z_]+) /gm)].map(([, name]) => name);
    expect(described.sort()).toEqual(exposed.sort());
  });

  it('keeps two daemons in one process apart', () => {
    const [one, other] = [createMetrics(), createMetrics()];
    one.registry.requestDone(request);
    expect(other.totals().requests).toBe(0);
  });
});
