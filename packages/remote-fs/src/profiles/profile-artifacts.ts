import { hash } from 'node:crypto';
import {
  type Descriptor,
  type ImageReference,
  parseImageReference,
  type RegistryClient,
  type RegistryManifest,
} from '@sluice/registry';
import type { CallOptions, Logger } from '@sluice/snapshotter-core';
import { manifestsOfIndex } from '../layers/image-index.ts';
import { layersOfManifest } from '../layers/layer-descriptor.ts';
import { RemoteFsError } from '../remote-fs-error.ts';
import { checkFit, fits } from './check-fit.ts';
import { parseArtifact } from './parse-artifact.ts';
import { parseProfile } from './parse-profile.ts';
import type { Profile } from './profile.ts';
import { profileMediaType } from './profile-media-type.ts';

/**
 * Profiles that lie in registries, beside the images that they are of: OCI artifacts whose `subject` is the image's
 * manifest.
 */
export interface ProfileArtifacts {
  /**
   * Stores a profile beside its image, in the repository of `profile.reference`.
   *
   * @returns the digest of the artifact's manifest
   * @throws RemoteFsError PROFILE_INVALID if the profile is not of what the registry has there; RegistryError
   */
  push(profile: Profile, options?: CallOptions): Promise<string>;

  /**
   * Looks for the newest profile beside an image; of an image for several platforms, beside those for this machine.
   * What comes is checked: its digests, that it is of this image, that each range lies in a layer of it.
   *
   * @param image.digest of the manifest; without it, the reference is resolved
   * @returns one a manifest; empty where there is none
   * @throws RemoteFsError PROFILE_INVALID if there are only unusable ones; RegistryError
   */
  find(
    image: { readonly reference: string; readonly digest?: string | undefined },
    options?: CallOptions,
  ): Promise<readonly Profile[]>;
}

/** A profile is looked for among so many of the newest artifacts of an image. */
const maxTries = 3;

export function createProfileArtifacts(deps: {
  readonly registry: RegistryClient;
  readonly logger: Logger;
}): ProfileArtifacts {
  const { registry, logger } = deps;

  const manifestsOf = async (
    reference: ImageReference,
    digest: string | undefined,
    call: CallOptions,
  ): Promise<readonly RegistryManifest[]> => {
    const found = digest
      ? await registry.manifest(reference, digest, call)
      : await registry.resolve(reference, call);
    const digests = manifestsOfIndex(found.bytes);
    if (!digests) return [found];
    return await Promise.all(digests.map((one) => registry.manifest(reference, one, call)));
  };

  const fetch = async (
    reference: ImageReference,
    image: RegistryManifest,
    { found, call }: { found: Descriptor; call: CallOptions },
  ): Promise<Profile> => {
    const where = `the artifact ${found.digest}`;
    const { bytes } = await registry.manifest(reference, found.digest, call);
    const { digest, size } = parseArtifact(bytes, { subject: image.digest, where });
    const blob = await registry.openBlob(reference, digest, { size, ...call });
    const text = await blob.read(0, size, { ...call, verify: (read) => checkDigest(read, digest) });
    const profile = parseProfile(Buffer.from(text).toString(), where);
    if (profile.image !== image.digest)
      throw new RemoteFsError('PROFILE_INVALID', `${where} has a profile of another image`);
    checkFit(profile, layersOfManifest(image.bytes), where);
    return profile;
  };

  const findBeside = async (
    reference: ImageReference,
    image: RegistryManifest,
    call: CallOptions,
  ): Promise<Profile | undefined> => {
    const options = { artifactType: profileMediaType, ...call };
    const all = await registry.referrers(reference, image.digest, options);
    let problem: unknown;
    for (const found of all.toSorted(newestFirst).slice(0, maxTries)) {
      try {
        return await fetch(reference, image, { found, call });
      } catch (err) {
        if (!(err instanceof RemoteFsError)) throw err;
        logger.debug({ err, image: image.digest }, 'a profile beside an image is none');
        problem ??= err;
      }
    }
    if (problem) throw problem;
    return undefined;
  };

  return {
    async push(profile, call = {}) {
      const reference = parseImageReference(profile.reference);
      const known = profile.image.startsWith('sha256:') ? profile.image : undefined;
      const images = await manifestsOf(reference, known, call);
      const image = images.find(({ bytes }) => fits(profile, layersOfManifest(bytes)));
      if (!image) {
        checkFit(profile, layersOfManifest(images[0]?.bytes ?? Buffer.of()), 'the profile');
        throw new RemoteFsError(
          'PROFILE_INVALID',
          'the registry has no manifest of the image for this machine',
        );
      }
      const { digest, mediaType, bytes } = image;
      const attached = await registry.attach(
        reference,
        {
          subject: { mediaType, digest, size: bytes.length },
          artifactType: profileMediaType,
          mediaType: profileMediaType,
          bytes: Buffer.from(JSON.stringify({ ...profile, image: digest })),
          annotations: { 'org.opencontainers.image.created': profile.recordedAt },
        },
        call,
      );
      return attached.digest;
    },
    async find({ reference: text, digest }, call = {}) {
      const reference = parseImageReference(text);
      const images = await manifestsOf(reference, digest, call);
      const found = await Promise.all(images.map((image) => findBeside(reference, image, call)));
      // Who wrote it may have called the image anything.
      return found.filter((one) => one !== undefined).map((profile) => ({ ...profile, reference: text }));
    },
  };
}

function newestFirst(a: Descriptor, b: Descriptor): number {
  const time = ({ annotations }: Descriptor) =>
    Date.parse(annotations?.['org.opencontainers.image.created'] ?? '') || 0;
  return time(b) - time(a);
}

function checkDigest(bytes: Uint8Array, digest: string): void {
  const got = `sha256:${hash('sha256', bytes)}`;
  if (got !== digest) throw new Error(`its digest is ${got}`);
}
