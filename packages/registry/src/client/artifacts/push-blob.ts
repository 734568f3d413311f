import { createHash } from 'node:crypto';
import { RegistryError } from '../../registry-error.ts';
import type { ClientContext } from '../perform.ts';
import { type ArtifactEndpoint, askEndpoint, pushFailure } from './ask-endpoint.ts';

/** @returns 'sha256:...' */
export function sha256Digest(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/**
 * Puts a blob into a repository, in one piece, if it is not there yet.
 * Source: distribution-spec 1.1, "Pushing a blob monolithically", POST then PUT.
 *
 * @returns its digest
 * @throws RegistryError or the transport's error
 */
export async function pushBlob(
  context: ClientContext,
  endpoint: ArtifactEndpoint,
  bytes: Uint8Array,
): Promise<string> {
  const digest = sha256Digest(bytes);
  if (await isThere(context, endpoint, digest)) return digest;
  const place = await beginUpload(context, endpoint);
  place.searchParams.set('digest', digest);
  const response = await askEndpoint(context, endpoint, {
    method: 'PUT',
    at: place,
    kind: 'blob',
    headers: { 'content-type': 'application/octet-stream' },
    body: bytes,
  });
  if (response.status !== 201) throw await pushFailure(endpoint.subject, response);
  await response.body.discard();
  return digest;
}

/** A registry that would send us elsewhere for the blob has it. Whatever else it says, it can be sent. */
async function isThere(context: ClientContext, endpoint: ArtifactEndpoint, digest: string): Promise<boolean> {
  const response = await askEndpoint(context, endpoint, {
    method: 'HEAD',
    at: `blobs/${digest}`,
    kind: 'blob',
  });
  await response.body.discard();
  return response.status === 200 || response.status === 307;
}

async function beginUpload(context: ClientContext, endpoint: ArtifactEndpoint): Promise<URL> {
  const at = 'blobs/uploads/';
  const response = await askEndpoint(context, endpoint, { method: 'POST', at, kind: 'blob', body: '' });
  if (response.status !== 202) throw await pushFailure(endpoint.subject, response);
  await response.body.discard();
  const place = URL.parse(response.headers['location'] ?? '', endpoint.host.baseUrl.href);
  // The address may hold a signature: it is never part of a message.
  if (place === null || !/^https?:$/.test(place.protocol))
    throw new RegistryError('BAD_RESPONSE', `${endpoint.subject}: no usable address to upload to`);
  return place;
}
