import { createHash } from 'node:crypto';
import { shortDigest } from '../http/describe-subject.ts';
import type { HttpResponse } from '../http/http-exchange.ts';
import { readSmallBody } from '../http/read-small-body.ts';
import { statusFailure } from '../http/status-failure.ts';
import type { ImageReference } from '../image-reference.ts';
import { digestAlgorithm } from '../names.ts';
import type { RegistryManifest } from '../registry-client.ts';
import { RegistryError } from '../registry-error.ts';
import { checkTarget } from './check-target.ts';
import type { Endpoint } from './endpoint.ts';
import { endpointUrl } from './endpoint-url.ts';
import { type ClientContext, type Operation, perform } from './perform.ts';

/** What registries must accept at least (distribution-spec 1.1, "Pushing Manifests"); nobody makes bigger ones. */
export const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

/** OCI and Docker, single images and indexes. */
const ACCEPT = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

export interface ManifestQuery {
  readonly reference: ImageReference;
  /** A tag, or a digest that the manifest must have. */
  readonly name: string;
  readonly signal: AbortSignal | undefined;
}

/** See `RegistryClient.manifest` and `RegistryClient.resolve`. */
export function fetchManifest(context: ClientContext, query: ManifestQuery): Promise<RegistryManifest> {
  const { reference, name, signal } = query;
  const byDigest = name.includes(':');
  checkTarget(reference, name, 'digest or tag');
  const operation: Operation = {
    subject: {
      registry: reference.host,
      repository: reference.repository,
      object: byDigest ? `manifest ${shortDigest(name)}` : `tag ${name}`,
    },
    capability: byDigest ? 'pull' : 'resolve',
    signal,
  };
  return perform(context, operation, (endpoint) => attempt(context, { ...endpoint, name, signal }));
}

interface ManifestAttempt extends Endpoint {
  readonly name: string;
  readonly signal: AbortSignal | undefined;
}

async function attempt(context: ClientContext, tried: ManifestAttempt): Promise<RegistryManifest> {
  const { host, registry, repository, subject, name, signal } = tried;
  const response = await context.send({
    host,
    url: endpointUrl(tried, `manifests/${name}`),
    kind: 'manifest',
    registry,
    repository,
    subject,
    headers: { accept: ACCEPT, 'accept-encoding': 'identity' },
    signal,
  });
  if (response.status !== 200) {
    await response.body.discard();
    throw statusFailure(subject, response);
  }
  return verified(
    await readSmallBody(response.body, {
      maxBytes: MAX_MANIFEST_BYTES,
      floor: context.limits,
      subject,
    }),
    response,
    tried,
  );
}

function verified(
  bytes: Uint8Array,
  { headers }: HttpResponse,
  { name, subject }: ManifestAttempt,
): RegistryManifest {
  const claimed = name.includes(':') ? name : headers['docker-content-digest'];
  const algorithm = claimed === undefined ? 'sha256' : digestAlgorithm(claimed);
  if (algorithm === undefined)
    throw new RegistryError('BAD_RESPONSE', `${subject}: a Docker-Content-Digest that is no digest`);
  const digest = `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
  if (claimed !== undefined && claimed !== digest)
    throw new RegistryError('BAD_RESPONSE', `${subject}: the bytes that came have the digest ${digest}`);
  return { mediaType: mediaTypeOf(headers['content-type']), digest, bytes };
}

function mediaTypeOf(contentType: string | undefined): string {
  return contentType?.split(';')[0]?.trim() ?? '';
}
