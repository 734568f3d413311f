import type { Descriptor } from '../../artifact.ts';
import { belongsToHost } from '../../http/belongs-to-host.ts';
import { shortDigest } from '../../http/describe-subject.ts';
import type { HttpResponse } from '../../http/http-exchange.ts';
import { readSmallBody } from '../../http/read-small-body.ts';
import { statusFailure } from '../../http/status-failure.ts';
import type { ImageReference } from '../../image-reference.ts';
import type { ReferrersOptions } from '../../registry-client.ts';
import { RegistryError } from '../../registry-error.ts';
import { checkTarget } from '../check-target.ts';
import { endpointUrl } from '../endpoint-url.ts';
import { MAX_MANIFEST_BYTES } from '../fetch-manifest.ts';
import { type ClientContext, type Operation, perform } from '../perform.ts';
import { type ArtifactEndpoint, askEndpoint } from './ask-endpoint.ts';
import { INDEX_TYPE, referrersOf } from './referrers-index.ts';
import { readReferrersTag } from './referrers-tag.ts';

const MAX_PAGES = 10;
/** What registries say that do not know the API: to a path that they do not know. */
const NO_API = new Set([400, 404, 405, 501]);

/** See `RegistryClient.referrers`. */
export async function listReferrers(
  context: ClientContext,
  reference: ImageReference,
  digest: string,
  { artifactType, signal }: ReferrersOptions,
): Promise<readonly Descriptor[]> {
  checkTarget(reference, digest, 'digest');
  const object = `referrers of ${shortDigest(digest)}`;
  const subject = { registry: reference.host, repository: reference.repository, object };
  const operation: Operation = { subject, capability: 'resolve', signal };
  try {
    return await perform(context, operation, async (at) => {
      const endpoint: ArtifactEndpoint = { ...at, access: 'pull', signal };
      const all =
        (await fromApi(context, endpoint, { digest, artifactType })) ??
        (await readReferrersTag(context, endpoint, digest)).referrers;
      const wanted = all.filter((found) => !artifactType || found.artifactType === artifactType);
      // A mirror may have the image without what refers to it: the next host is asked.
      if (wanted.length === 0) throw new RegistryError('NOT_FOUND', `${endpoint.subject}: there are none`);
      return wanted;
    });
  } catch (error) {
    if (error instanceof RegistryError && error.code === 'NOT_FOUND') return [];
    throw error;
  }
}

/**
 * Asks by the referrers API. Source: distribution-spec 1.1, "Listing Referrers".
 *
 * @returns undefined where the registry does not know it
 */
async function fromApi(
  context: ClientContext,
  endpoint: ArtifactEndpoint,
  { digest, artifactType }: { digest: string; artifactType: string | undefined },
): Promise<readonly Descriptor[] | undefined> {
  const first = endpointUrl(endpoint, `referrers/${digest}`);
  if (artifactType) first.searchParams.set('artifactType', artifactType);
  const all: Descriptor[] = [];
  let next: URL | undefined = first;
  for (let page = 0; next && page < MAX_PAGES; page++) {
    const response: HttpResponse = await askEndpoint(context, endpoint, {
      at: next,
      kind: 'manifest',
      headers: { accept: INDEX_TYPE },
    });
    const found = await readPage(context, endpoint, response);
    if (!found) return page === 0 ? undefined : all;
    all.push(...found);
    next = nextPage(response, next, endpoint);
  }
  return all;
}

/** @returns undefined where that is no answer of the API */
async function readPage(
  context: ClientContext,
  { subject }: ArtifactEndpoint,
  response: HttpResponse,
): Promise<readonly Descriptor[] | undefined> {
  if (response.status === 200) {
    const limits = { maxBytes: MAX_MANIFEST_BYTES, floor: context.limits, subject };
    return referrersOf(await readSmallBody(response.body, limits));
  }
  await response.body.discard();
  if (NO_API.has(response.status)) return undefined;
  throw statusFailure(subject, response);
}

/** RFC 8288; never to another host. */
function nextPage({ headers }: HttpResponse, from: URL, { host }: ArtifactEndpoint): URL | undefined {
  const link = /<([^>]*)>\s*;\s*rel="?next"?/.exec(headers['link'] ?? '')?.[1];
  const url = link === undefined ? null : URL.parse(link, from.href);
  return url && belongsToHost(url, host) ? url : undefined;
}
