import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import {
  type DaemonStatus,
  daemonStatusSchema,
  type SnapshotRow,
  snapshotListSchema,
} from '@sluice/admin-api';

/** Asks a daemon on its admin socket; what it answers is checked against the schemas. */
export interface AdminClient {
  status(): Promise<DaemonStatus>;
  snapshots(): Promise<readonly SnapshotRow[]>;
  /** The values of Prometheus's text, by name with labels: 'sluice_ranges_total{outcome="ok"}'. */
  metrics(): Promise<ReadonlyMap<string, number>>;
}

export function createAdminClient(socketPath: string): AdminClient {
  return {
    status: async () => daemonStatusSchema.parse(JSON.parse(await get(socketPath, '/v1/status'))),
    snapshots: async () =>
      snapshotListSchema.parse(JSON.parse(await get(socketPath, '/v1/snapshots'))).snapshots,
    metrics: async () => parseMetrics(await get(socketPath, '/metrics')),
  };
}

/** @throws if the answer is not 200 */
function get(socketPath: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path, timeout: 10_000 }, (response) => {
      text(response).then((body) => {
        if (response.statusCode === 200) resolve(body);
        else reject(new Error(`${path}: ${response.statusCode} ${body}`));
      }, reject);
    });
    sent.on('timeout', () => sent.destroy(new Error(`${path}: no answer`)));
    sent.on('error', reject).end();
  });
}

/** Lines are a name with labels, a space and a number; comments begin with '#'. */
function parseMetrics(body: string): Map<string, number> {
  const lines = body.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.replace(/ [^ ]+$/, ''), Number(line.split(' ').at(-1))]));
}
