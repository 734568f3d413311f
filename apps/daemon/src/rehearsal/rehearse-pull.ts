import { hash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createEstargzFormat } from '@sluice/layer';
import { createRegistryClient, createStaticCredentials, type RegistryHost } from '@sluice/registry';
import { createRemoteFileSystem, type Profile, type ProfileStore } from '@sluice/remote-fs';
import type { Labels, Logger } from '@sluice/snapshotter-core';
import { type MadeUpLayer, makeUpLayer } from './made-up-layer.ts';
import { startMadeUpRegistry } from './made-up-registry.ts';
import { createStandInDriver } from './stand-in-driver.ts';

export interface RehearsalOptions {
  /** Of its own, not there yet, made and removed. */
  readonly directory: string;
  readonly signal: AbortSignal;
}

/** So much makes V8 compile what reads tables of contents for speed, and no more. */
const FILES = 1000;
const LAYERS = 6;
const repository = 'rehearsal/image';
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const uncounted = { readMissed() {}, rangeFetched() {}, contentUnstored() {} };

/**
 * Pulls an image that is made up, from a registry in this process, with parts of its own and no mount: what the first
 * real pull needs is loaded and compiled then, which would take longer than the pull. Takes half a second of one
 * processor in small pieces. Never rejects: nothing depends on it.
 */
export async function rehearsePull(
  { logger }: { readonly logger: Logger },
  { directory, signal }: RehearsalOptions,
): Promise<void> {
  const began = performance.now();
  try {
    await pull(directory, signal);
    logger.debug({ durationMs: Math.round(performance.now() - began) }, 'a pull was rehearsed');
  } catch (err) {
    if (!signal.aborted) logger.debug({ err }, 'a pull could not be rehearsed');
  } finally {
    // What was being written when it was aborted may come after the look into its directory: ENOTEMPTY.
    await rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 }).catch(() => {});
  }
}

async function pull(directory: string, signal: AbortSignal): Promise<void> {
  const layer = makeUpLayer(FILES);
  const digests = Array.from({ length: LAYERS }, (_, at) => `sha256:${hash('sha256', `layer ${at}`)}`);
  const manifest = manifestOf(layer, digests);
  const blobs = digests.map((digest) => [`/v2/${repository}/blobs/${digest}`, layer.blob] as const);
  await using registry = await startMadeUpRegistry(
    new Map([...blobs, [`/v2/${repository}/manifests/latest`, manifest]]),
  );
  await using client = createRegistryClient({
    credentials: createStaticCredentials(),
    hosts: { hostsFor: async () => [hostOf(registry.host)] },
    logger: quiet,
  });
  const reference = `${registry.host}/${repository}:latest`;
  const driver = createStandInDriver();
  await using fileSystem = createRemoteFileSystem(
    {
      registry: client,
      formats: [createEstargzFormat()],
      driver,
      logger: quiet,
      metrics: uncounted,
      profileStore: storeOf({ reference, digest: digests[0]!, dataBytes: layer.dataBytes }),
    },
    { root: directory },
  );
  for (const [at, digest] of digests.entries()) {
    await fileSystem.mount(
      join(directory, 'mounts', `${at}`),
      labelsOf({ reference, digest, digests, layer }),
      {
        signal,
      },
    );
  }
  await driver.reading();
}

/** OCI image-spec, manifest.md. */
function manifestOf({ blob }: MadeUpLayer, digests: readonly string[]): Buffer {
  const mediaType = 'application/vnd.oci.image.layer.v1.tar+gzip';
  const layers = digests.map((digest) => ({ mediaType, digest, size: blob.length }));
  return Buffer.from(JSON.stringify({ schemaVersion: 2, layers }));
}

function hostOf(host: string): RegistryHost {
  return {
    baseUrl: new URL(`http://${host}/v2`),
    capabilities: ['pull', 'resolve'],
    headers: {},
    tls: {},
    plainHttpFallback: false,
  };
}

function labelsOf(of: {
  readonly reference: string;
  readonly digest: string;
  readonly digests: readonly string[];
  readonly layer: MadeUpLayer;
}): Labels {
  return {
    'containerd.io/snapshot/remote/stargz.reference': of.reference,
    'containerd.io/snapshot/remote/stargz.digest': of.digest,
    'containerd.io/snapshot/remote/stargz.layers': of.digests.join(','),
    'containerd.io/snapshot/stargz/toc.digest': of.layer.tocDigest,
  };
}

/** Knows what a start of the image reads, and learns nothing. */
function storeOf(of: {
  readonly reference: string;
  readonly digest: string;
  readonly dataBytes: number;
}): ProfileStore {
  const part = Math.floor(of.dataBytes / 32);
  const profile: Profile = {
    version: 1,
    image: of.reference,
    reference: of.reference,
    recordedAt: new Date(0).toISOString(),
    layers: {
      [of.digest]: [
        [of.dataBytes - part, part],
        [0, part],
      ],
    },
  };
  return {
    load: async () => profile,
    save: async () => {},
    remove: async () => false,
    list: async () => [],
  };
}
