import { setTimeout as sleep } from 'node:timers/promises';
import type { Descriptor } from '../../artifact.ts';
import { readSmallBody } from '../../http/read-small-body.ts';
import { statusFailure } from '../../http/status-failure.ts';
import { RegistryError } from '../../registry-error.ts';
import { MAX_MANIFEST_BYTES } from '../fetch-manifest.ts';
import type { ClientContext } from '../perform.ts';
import { type ArtifactEndpoint, askEndpoint, pushFailure } from './ask-endpoint.ts';
import { INDEX_TYPE, referrersOf } from './referrers-index.ts';

/** What is behind a referrers tag. */
interface ReferrersTag {
  readonly referrers: readonly Descriptor[];
  /** Of the index, where the registry gave one. */
  readonly etag: string | undefined;
}

const MAX_TRIES = 10;
const SHORTEST_PAUSE_MS = 200;
/** Spreads those that have begun together. */
const LONGEST_JITTER_MS = 200;

/**
 * The tag that lists the referrers of a digest at registries without the referrers API.
 * Source: distribution-spec 1.1, "Referrers Tag Schema".
 */
export function referrersTag(digest: string): string {
  const [algorithm = '', hex = ''] = digest.split(':');
  return `${algorithm.slice(0, 32)}-${hex.slice(0, 64)}`;
}

/**
 * Reads the list behind the tag; empty where there is no tag.
 *
 * @throws RegistryError or the transport's error
 */
export async function readReferrersTag(
  context: ClientContext,
  endpoint: ArtifactEndpoint,
  digest: string,
): Promise<ReferrersTag> {
  const { subject } = endpoint;
  const tag = referrersTag(digest);
  const headers = { accept: INDEX_TYPE };
  const response = await askEndpoint(context, endpoint, {
    at: `manifests/${tag}`,
    kind: 'manifest',
    headers,
  });
  if (response.status === 404) {
    await response.body.discard();
    return { referrers: [], etag: undefined };
  }
  if (response.status !== 200) {
    await response.body.discard();
    throw statusFailure(subject, response);
  }
  const limits = { maxBytes: MAX_MANIFEST_BYTES, floor: context.limits, subject };
  const referrers = referrersOf(await readSmallBody(response.body, limits));
  if (referrers) return { referrers, etag: response.headers['etag'] };
  throw new RegistryError('BAD_RESPONSE', `${subject}: what the tag ${tag} names is no index of referrers`, {
    retryable: false,
  });
}

/**
 * Adds to the list behind the tag. The specification has no lock for it: the list is written at once after it was read,
 * on the condition that it is still the same, which few registries heed. It is read again when whoever had read it
 * before that must have written, too; where others have written over it, it is written again.
 *
 * @throws RegistryError or the transport's error
 */
export async function addToReferrersTag(
  context: ClientContext,
  endpoint: ArtifactEndpoint,
  digest: string,
  added: Descriptor,
): Promise<void> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const startedMs = performance.now();
    const { etag, referrers } = await readReferrersTag(context, endpoint, digest);
    if (referrers.some((other) => other.digest === added.digest)) return;
    await write(context, endpoint, referrersTag(digest), { etag, referrers: [...referrers, added] });
    await letOthersWrite(performance.now() - startedMs);
  }
  throw new RegistryError(
    'UNAVAILABLE',
    `${endpoint.subject}: others write the list of referrers at the same time, and win; try again`,
  );
}

/** @param tookMs what reading and writing has taken here, which others may take a few times over */
const letOthersWrite = (tookMs: number) =>
  sleep(Math.max(SHORTEST_PAUSE_MS, 3 * tookMs) + Math.random() * LONGEST_JITTER_MS);

/** Where the list has changed meanwhile, nothing is written. */
async function write(
  context: ClientContext,
  endpoint: ArtifactEndpoint,
  tag: string,
  { referrers, etag }: ReferrersTag,
): Promise<void> {
  const body = JSON.stringify({ schemaVersion: 2, mediaType: INDEX_TYPE, manifests: referrers });
  if (Buffer.byteLength(body) > MAX_MANIFEST_BYTES)
    throw new RegistryError(
      'INVALID',
      `${endpoint.subject}: the tag ${tag} lists as many referrers as it can`,
    );
  const response = await askEndpoint(context, endpoint, {
    method: 'PUT',
    at: `manifests/${tag}`,
    kind: 'manifest',
    headers: { 'content-type': INDEX_TYPE, ...(etag === undefined ? {} : { 'if-match': etag }) },
    body,
  });
  if (response.status !== 201 && response.status !== 412) throw await pushFailure(endpoint.subject, response);
  await response.body.discard();
}
