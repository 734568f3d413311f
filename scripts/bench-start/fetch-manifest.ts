import { Agent, get } from 'node:http';
import { buffer } from 'node:stream/consumers';

const ACCEPT =
  'application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json';

/** Seconds that it takes to fetch an image's manifest and then its configuration, on one new connection. */
export async function fetchManifestSeconds(host: string, repository: string, tag: string): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const startedMs = performance.now();
  try {
    const url = `http://${host}/v2/${repository}`;
    const manifest = JSON.parse(String(await fetchBody(agent, `${url}/manifests/${tag}`)));
    await fetchBody(agent, `${url}/blobs/${manifest.config.digest}`);
    return (performance.now() - startedMs) / 1000;
  } finally {
    agent.destroy();
  }
}

function fetchBody(agent: Agent, url: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const sent = get(url, { agent, headers: { accept: ACCEPT }, timeout: 30_000 }, (response) => {
      if (response.statusCode === 200) buffer(response).then(resolve, reject);
      else reject(new Error(`GET ${url}: ${response.statusCode}`));
    });
    sent.on('timeout', () => sent.destroy(new Error(`GET ${url}: no answer`)));
    sent.on('error', reject);
  });
}
