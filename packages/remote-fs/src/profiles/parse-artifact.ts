import { RemoteFsError } from '../remote-fs-error.ts';
import { profileMediaType } from './profile-media-type.ts';

/** Where the profile in an artifact lies. */
export interface ArtifactBlob {
  readonly digest: string;
  readonly size: number;
}

/** As much as the admin socket takes. */
const maxBytes = 8 << 20;

/**
 * Reads the manifest of an artifact that is to be a profile. Source: OCI image-spec 1.1, manifest.md.
 *
 * @param expected.subject the digest that it must refer to
 * @throws RemoteFsError PROFILE_INVALID
 */
export function parseArtifact(
  bytes: Uint8Array,
  { subject, where }: { readonly subject: string; readonly where: string },
): ArtifactBlob {
  const problem = (text: string) => new RemoteFsError('PROFILE_INVALID', `${where} is no profile: ${text}`);
  const manifest = tableOf(parse(bytes));
  if (manifest['artifactType'] !== profileMediaType) throw problem(`its type is not ${profileMediaType}`);
  if (tableOf(manifest['subject'])['digest'] !== subject) throw problem('it refers to another image');
  const layers = manifest['layers'];
  const { mediaType, digest, size } = tableOf(Array.isArray(layers) ? layers[0] : undefined);
  if (mediaType !== profileMediaType) throw problem('it has no layer of that type');
  if (typeof digest !== 'string' || !/^sha256:[0-9a-f]{64}$/.test(digest))
    throw problem('its layer has no digest');
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0 || size > maxBytes)
    throw problem(`its layer has more than ${maxBytes} bytes, or an unknown number`);
  return { digest, size };
}

type Table = Readonly<Record<string, unknown>>;

function tableOf(value: unknown): Table {
  return typeof value === 'object' && value !== null ? (value as Table) : {};
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch {
    return undefined;
  }
}
