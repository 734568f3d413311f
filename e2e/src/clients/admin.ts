import { request } from 'node:http';

/** What the tests read of a row of GET /v1/snapshots. */
export interface SnapshotRow {
  readonly name: string;
  readonly kind: 'active' | 'view' | 'committed';
  readonly lazy: boolean;
  readonly reason?: string;
  readonly bytesLocal?: number;
  readonly bytesTotal?: number;
}

/** What the tests read of GET /v1/status. */
export interface DaemonStatus {
  readonly healthy: boolean;
  readonly problems: readonly string[];
  readonly layers: { readonly mounted: number; readonly unavailable: number };
  readonly content: { readonly bytesFetched: number };
}

const TIMEOUT_MS = 10_000;

/** The snapshots, oldest first, as the daemon tells them on its admin socket. */
export async function readSnapshots(socketPath: string): Promise<readonly SnapshotRow[]> {
  return (await get<{ snapshots: readonly SnapshotRow[] }>(socketPath, '/v1/snapshots')).snapshots;
}

export function readStatus(socketPath: string): Promise<DaemonStatus> {
  return get<DaemonStatus>(socketPath, '/v1/status');
}

function get<T>(socketPath: string, path: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path, timeout: TIMEOUT_MS }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => {
        if (response.statusCode === 200) resolve(JSON.parse(text) as T);
        else reject(new Error(`GET ${path} on ${socketPath}: ${response.statusCode} ${text}`));
      });
    });
    sent.on('timeout', () => sent.destroy(new Error(`GET ${path} on ${socketPath} took too long`)));
    sent.on('error', reject).end();
  });
}
