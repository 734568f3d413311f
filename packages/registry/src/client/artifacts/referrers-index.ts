import type { Descriptor } from '../../artifact.ts';
import { digestAlgorithm } from '../../names.ts';

export const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';

/** More referrers of one image are no honest registry's. */
const MAX_REFERRERS = 10_000;

/**
 * The descriptors of an image index. Those that are none are left out.
 *
 * @returns undefined where the bytes are no index
 */
export function referrersOf(bytes: Uint8Array): readonly Descriptor[] | undefined {
  const { manifests } = parse(bytes);
  if (!Array.isArray(manifests)) return undefined;
  return manifests
    .slice(0, MAX_REFERRERS)
    .map(descriptorOf)
    .filter((found) => found !== undefined);
}

type Table = Readonly<Record<string, unknown>>;

function parse(bytes: Uint8Array): Table {
  try {
    return tableOf(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return {};
  }
}

function descriptorOf(value: unknown): Descriptor | undefined {
  const { mediaType, digest, size, artifactType, annotations } = tableOf(value);
  if (typeof mediaType !== 'string' || typeof digest !== 'string') return undefined;
  if (digestAlgorithm(digest) === undefined || !Number.isSafeInteger(size) || Number(size) < 0)
    return undefined;
  const texts = Object.entries(tableOf(annotations)).filter(([, text]) => typeof text === 'string');
  return {
    mediaType,
    digest,
    size: Number(size),
    ...(typeof artifactType === 'string' ? { artifactType } : {}),
    ...(texts.length > 0 ? { annotations: Object.fromEntries(texts) as Record<string, string> } : {}),
  };
}

function tableOf(value: unknown): Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Table) : {};
}
