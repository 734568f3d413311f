import {
  createDefaultHosts,
  createRegistryClient,
  createStaticCredentials,
  RegistryError,
} from '@sluice/registry';
import { createLogRecorder } from '@sluice/testkit/core';
import { createTestRegistry, type TestRegistry } from '@sluice/testkit/registry';
import { profileOf } from '@sluice/testkit/remote-fs';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RemoteFsError } from '../remote-fs-error.ts';
import { parseArtifact } from './parse-artifact.ts';
import type { Profile } from './profile.ts';
import { createProfileArtifacts, type ProfileArtifacts } from './profile-artifacts.ts';
import { profileMediaType } from './profile-media-type.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const logger = createLogRecorder();
let stack: AsyncDisposableStack;
let registry: TestRegistry;
let artifacts: ProfileArtifacts;
let reference: string;
let image: { mediaType: string; digest: string; size: number };
let profile: Profile;

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  registry = stack.use(await createTestRegistry({ push: true, referrers: true }));
  const client = stack.use(
    createRegistryClient(
      { credentials: createStaticCredentials(), hosts: createDefaultHosts(), logger },
      { attemptsPerHost: 1 },
    ),
  );
  artifacts = createProfileArtifacts({ registry: client, logger });
  reference = `${registry.host}/team/app:1`;
  const layers = Object.keys(profileOf('1').layers).map((digest) => ({ digest, size: 10_000 }));
  image = registry.addManifest('team/app', { schemaVersion: 2, layers }, MANIFEST);
  registry.tag('team/app', '1', image.digest);
  profile = profileOf('1', { image: image.digest, reference });
});
afterEach(() => stack.disposeAsync());

/** What somebody else has put beside the image. */
function attach(text: string, changes: object = {}): void {
  const bytes = Buffer.from(text);
  const layers = [{ mediaType: profileMediaType, digest: registry.addBlob(bytes), size: bytes.length }];
  const manifest = { schemaVersion: 2, artifactType: profileMediaType, subject: image, layers, ...changes };
  registry.addManifest('team/app', manifest, MANIFEST);
}

const find = () => artifacts.find({ reference });

describe('profiles in a registry', () => {
  it('are found beside the image, by its reference and by its digest', async () => {
    expect(await find()).toEqual([]);
    const artifact = await artifacts.push(profile);
    expect(artifact).toMatch(/^sha256:/);
    expect(await find()).toEqual([profile]);
    expect(await artifacts.find({ reference, digest: image.digest })).toEqual([profile]);
  });

  it('are those of the newest push', async () => {
    for (const year of ['2025', '2027', '2026']) {
      await artifacts.push({ ...profile, recordedAt: `${year}-01-01T00:00:00Z` });
    }
    expect(await find()).toMatchObject([{ recordedAt: '2027-01-01T00:00:00Z' }]);
  });

  it('are of the manifest for this machine, where the image has several', async () => {
    const platform = { os: 'linux', architecture: process.arch === 'arm64' ? 'arm64' : 'amd64' };
    const other = registry.addManifest('team/app', { schemaVersion: 2, layers: [] }, MANIFEST);
    const manifests = [
      { ...other, platform: { ...platform, architecture: 's390x' } },
      { ...image, platform },
    ];
    const index = { schemaVersion: 2, manifests };
    const { digest } = registry.addManifest('team/app', index, 'application/vnd.oci.image.index.v1+json');
    registry.tag('team/app', '1', digest);
    // Learned where the labels named no manifest.
    await artifacts.push({ ...profile, image: reference });
    expect(await find()).toEqual([profile]);
  });

  it('are not pushed where they do not belong', async () => {
    const layers = { [`sha256:${'c'.repeat(64)}`]: [[0, 1]] as const };
    await expect(artifacts.push({ ...profile, layers })).rejects.toThrow(
      /does not fit the image: .* no layer/,
    );
    expect(registry.requests.every(({ method }) => method === 'GET')).toBe(true);
    await expect(artifacts.push({ ...profile, image: profileOf('2').image })).rejects.toThrow(RegistryError);
  });

  it.each([
    ['no JSON', () => attach('{')],
    ['of another version', () => attach(JSON.stringify({ ...profile, version: 2 }))],
    ['of another image', () => attach(JSON.stringify({ ...profile, image: profileOf('2').image }))],
    [
      'of a layer that the image does not have',
      () => attach(JSON.stringify({ ...profile, layers: { [`sha256:${'c'.repeat(64)}`]: [] } })),
    ],
    [
      'outside of its layer',
      () => attach(JSON.stringify({ ...profile, layers: { [`sha256:${'a'.repeat(64)}`]: [[9999, 2]] } })),
    ],
    ['without a layer', () => attach('', { layers: [] })],
    [
      'too long',
      () =>
        attach('', {
          layers: [{ mediaType: profileMediaType, digest: profileOf('3').image, size: 9 << 20 }],
        }),
    ],
  ])('are refused if they are %s', async (_name, put) => {
    put();
    await expect(find()).rejects.toMatchObject({ code: 'PROFILE_INVALID' });
    attach(JSON.stringify(profile));
    expect(await find()).toEqual([profile]);
  });

  it('are refused if their bytes are not what their digest says', async () => {
    await artifacts.push(profile);
    registry.faults.always(({ kind }) => (kind === 'blob' ? { kind: 'corrupt' } : undefined));
    await expect(find()).rejects.toMatchObject({ name: 'RegistryError', code: 'BAD_RESPONSE' });
  });

  it('are called what the image is called here, whatever their author wrote', async () => {
    attach(JSON.stringify({ ...profile, reference: 'evil\u001b[2J' }));
    expect(await find()).toEqual([profile]);
  });
});

it('the manifest of an artifact is read or refused, whatever the bytes', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      try {
        parseArtifact(Buffer.from(text), { subject: 's', where: 'text' });
      } catch (error) {
        expect(error).toBeInstanceOf(RemoteFsError);
      }
    }),
  );
});
