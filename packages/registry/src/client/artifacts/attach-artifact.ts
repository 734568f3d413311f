import type { Artifact, Descriptor } from '../../artifact.ts';
import { shortDigest } from '../../http/describe-subject.ts';
import type { ImageReference } from '../../image-reference.ts';
import { RegistryError } from '../../registry-error.ts';
import { checkTarget } from '../check-target.ts';
import { type ClientContext, type Operation, perform } from '../perform.ts';
import { type ArtifactEndpoint, askEndpoint, pushFailure } from './ask-endpoint.ts';
import { pushBlob, sha256Digest } from './push-blob.ts';
import { addToReferrersTag } from './referrers-tag.ts';

const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
/** An artifact has no configuration. Source: image-spec 1.1, manifest.md, "Guidance for an Empty Descriptor". */
const EMPTY_TYPE = 'application/vnd.oci.empty.v1+json';
const EMPTY = Buffer.from('{}');

/** See `RegistryClient.attach`. */
export async function attachArtifact(
  context: ClientContext,
  reference: ImageReference,
  artifact: Artifact,
  signal: AbortSignal | undefined,
): Promise<Descriptor> {
  checkTarget(reference, artifact.subject.digest, 'digest');
  const object = `artifact for ${shortDigest(artifact.subject.digest)}`;
  const subject = { registry: reference.host, repository: reference.repository, object };
  // All of it goes to one host, and nothing is half there: what nobody refers to, registries remove.
  const operation: Operation = { subject, capability: 'push', firstHostOnly: true, signal };
  return await perform(context, operation, (at) =>
    attachAt(context, { ...at, access: 'push', signal }, artifact),
  );
}

async function attachAt(
  context: ClientContext,
  endpoint: ArtifactEndpoint,
  artifact: Artifact,
): Promise<Descriptor> {
  const { subject, artifactType, mediaType, bytes, annotations } = artifact;
  const config = await pushBlob(context, endpoint, EMPTY);
  const layer = await pushBlob(context, endpoint, bytes);
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST_TYPE,
      artifactType,
      config: { mediaType: EMPTY_TYPE, digest: config, size: EMPTY.length },
      layers: [{ mediaType, digest: layer, size: bytes.length }],
      subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size },
      ...(annotations ? { annotations } : {}),
    }),
  );
  const pushed: Descriptor = {
    mediaType: MANIFEST_TYPE,
    digest: sha256Digest(manifest),
    size: manifest.length,
    artifactType,
    ...(annotations ? { annotations } : {}),
  };
  const isListed = await pushManifest(context, endpoint, { manifest, digest: pushed.digest });
  if (!isListed) await addToReferrersTag(context, endpoint, subject.digest, pushed);
  return pushed;
}

/** @returns whether the registry lists it by itself among the referrers, which it says with OCI-Subject */
async function pushManifest(
  context: ClientContext,
  endpoint: ArtifactEndpoint,
  { manifest, digest }: { manifest: Uint8Array; digest: string },
): Promise<boolean> {
  const response = await askEndpoint(context, endpoint, {
    method: 'PUT',
    at: `manifests/${digest}`,
    kind: 'manifest',
    headers: { 'content-type': MANIFEST_TYPE },
    body: manifest,
  });
  if (response.status === 400 || response.status === 415) {
    await response.body.discard();
    throw new RegistryError(
      'BAD_RESPONSE',
      `${endpoint.subject}: the registry does not take OCI artifacts (HTTP ${response.status})`,
      { retryable: false },
    );
  }
  if (response.status !== 201) throw await pushFailure(endpoint.subject, response);
  await response.body.discard();
  return response.headers['oci-subject'] !== undefined;
}
