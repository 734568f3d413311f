import { createHash } from 'node:crypto';
import { imageNames } from './image-names.ts';

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

interface Manifest {
  readonly mediaType?: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

interface ImageConfig {
  readonly rootfs: { readonly type: string; readonly diff_ids: readonly string[] };
}

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const ACCEPT = [MANIFEST, 'application/vnd.docker.distribution.manifest.v2+json'].join(', ');
const TIMEOUT_MS = 30_000;

/**
 * Puts the mixed image into the registry: the lazy one, with the layers that are not the first and not the last
 * taken from the ordinary one. Returns the number of layers.
 */
export async function pushMixedImage(): Promise<number> {
  const [ordinary, lazy] = [await pull(imageNames.ordinary), await pull(imageNames.lazy)];
  const last = lazy.manifest.layers.length - 1;
  const mix = <T>(ofLazy: readonly T[], ofOrdinary: readonly T[]) =>
    ofLazy.map((value, index) => (index === 0 || index === last ? value : ofOrdinary[index]!));
  if (last < 2) throw new Error(`${imageNames.lazy} has ${last + 1} layers: too few for a mixed image`);
  const config = {
    ...lazy.config,
    rootfs: {
      ...lazy.config.rootfs,
      diff_ids: mix(lazy.config.rootfs.diff_ids, ordinary.config.rootfs.diff_ids),
    },
  };
  const descriptor = await pushBlob(JSON.stringify(config), lazy.manifest.config.mediaType);
  const layers = mix(lazy.manifest.layers, ordinary.manifest.layers);
  const manifest = { schemaVersion: 2, mediaType: MANIFEST, config: descriptor, layers };
  await request('PUT', urlOf(imageNames.mixed, 'manifests'), JSON.stringify(manifest), MANIFEST);
  return layers.length;
}

async function pull(name: string): Promise<{ manifest: Manifest; config: ImageConfig }> {
  const manifest = (await (await request('GET', urlOf(name, 'manifests'))).json()) as Manifest;
  const blob = urlOf(name, 'blobs', manifest.config.digest);
  return { manifest, config: (await (await request('GET', blob)).json()) as ImageConfig };
}

async function pushBlob(text: string, mediaType: string): Promise<Descriptor> {
  const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`;
  const started = await request('POST', urlOf(imageNames.mixed, 'blobs', 'uploads/'));
  const upload = new URL(started.headers.get('location')!, started.url);
  upload.searchParams.set('digest', digest);
  await request('PUT', String(upload), text, 'application/octet-stream');
  return { mediaType, digest, size: Buffer.byteLength(text) };
}

/** localhost:5000/python:tag -> http://localhost:5000/v2/python/KIND/TAG */
function urlOf(name: string, kind: 'manifests' | 'blobs', item?: string): string {
  const [, host, repository, tag] = /^([^/]+)\/(.+):([^:]+)$/.exec(name) ?? [];
  return `http://${host}/v2/${repository}/${kind}/${item ?? tag}`;
}

async function request(method: string, url: string, body?: string, type?: string): Promise<Response> {
  const headers = { accept: ACCEPT, ...(type && { 'content-type': type }) };
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch(url, { method, headers, signal, ...(body !== undefined && { body }) });
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`);
  return response;
}
