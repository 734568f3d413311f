import { randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { type Content, contentOfBytes } from './content.ts';
import { answer, answerError, type Exchange } from './exchange.ts';

/** What pushes change. */
export interface PushShelves {
  readonly blobs: Map<string, Content>;
  /** By 'repository name', the name being a digest or a tag. */
  readonly manifests: Map<string, { readonly content: Content; readonly mediaType: string }>;
  /** Uploads that were begun. */
  readonly uploads: Set<string>;
  readonly push: boolean;
  /** Referrers in one answer of the API; 0 for a registry without it. */
  readonly referrersPage: number;
}

const indexType = 'application/vnd.oci.image.index.v1+json';

/** Takes blobs in one piece, and manifests (distribution-spec 1.1, "Push"). */
export async function servePush(exchange: Exchange, shelves: PushShelves): Promise<void> {
  const { request, log } = exchange;
  const body = await buffer(request);
  if (!shelves.push) return answerError(exchange, 405, 'UNSUPPORTED');
  if (log.kind === 'manifest') return takeManifest(exchange, shelves, body);
  if (request.method === 'POST') {
    const upload = randomUUID();
    shelves.uploads.add(upload);
    const location = `/v2/${log.repository}/blobs/uploads/${upload}?state=${randomUUID()}`;
    return answer(exchange, { status: 202, headers: { location } });
  }
  const content = contentOfBytes(body);
  if (!shelves.uploads.delete(log.name)) return answerError(exchange, 404, 'BLOB_UPLOAD_UNKNOWN');
  if (content.digest !== exchange.url.searchParams.get('digest'))
    return answerError(exchange, 400, 'DIGEST_INVALID');
  shelves.blobs.set(content.digest, content);
  answer(exchange, { status: 201, headers: { location: `/v2/${log.repository}/blobs/${content.digest}` } });
}

async function takeManifest(exchange: Exchange, shelves: PushShelves, body: Buffer): Promise<void> {
  const { request, log } = exchange;
  const key = `${log.repository} ${log.name}`;
  const condition = request.headers['if-match'];
  const now = shelves.manifests.get(key)?.content.digest;
  if (condition !== undefined && condition !== `"${now}"`)
    return answerError(exchange, 412, 'PRECONDITION_FAILED');
  const content = contentOfBytes(body);
  if (log.name.includes(':') && log.name !== content.digest)
    return answerError(exchange, 400, 'DIGEST_INVALID');
  const manifest = { content, mediaType: request.headers['content-type'] ?? '' };
  shelves.manifests.set(key, manifest);
  shelves.manifests.set(`${log.repository} ${content.digest}`, manifest);
  const subject = subjectOf(body);
  const listed = subject !== undefined && shelves.referrersPage > 0 ? { 'oci-subject': subject } : {};
  const location = `/v2/${log.repository}/manifests/${content.digest}`;
  answer(exchange, {
    status: 201,
    headers: { location, 'docker-content-digest': content.digest, ...listed },
  });
}

/** Lists manifests by their subject (distribution-spec 1.1, "Listing Referrers"). */
export async function serveReferrers(exchange: Exchange, shelves: PushShelves): Promise<void> {
  const { log, url } = exchange;
  if (shelves.referrersPage === 0) return answerError(exchange, 404, 'NOT_FOUND');
  const all: object[] = [];
  for (const [key, { content, mediaType }] of shelves.manifests) {
    if (key !== `${log.repository} ${content.digest}`) continue;
    const bytes = await buffer(content.read(0, content.size));
    if (subjectOf(bytes) !== log.name) continue;
    const { artifactType, annotations } = JSON.parse(bytes.toString());
    all.push({ mediaType, digest: content.digest, size: content.size, artifactType, annotations });
  }
  const from = Number(url.searchParams.get('from') ?? 0);
  const until = from + shelves.referrersPage;
  const headers = {
    'content-type': indexType,
    ...(until < all.length ? { link: `<${url.pathname}?from=${until}>; rel="next"` } : {}),
  };
  const body = { schemaVersion: 2, mediaType: indexType, manifests: all.slice(from, until) };
  answer(exchange, { status: 200, headers, body: JSON.stringify(body) });
}

function subjectOf(manifest: Buffer): string | undefined {
  try {
    return JSON.parse(manifest.toString()).subject?.digest;
  } catch {
    return undefined;
  }
}
