import { randomBytes } from 'node:crypto';
import { createTestRegistry, type LoggedRequest, type TestRegistry } from '@sluice/testkit/registry';
import { afterEach, beforeEach, expect } from 'vitest';
import type { ImageReference } from '../src/image-reference.ts';
import type { RegistryBlob } from '../src/index.ts';
import { createTestClient, type TestClient } from './create-test-client.ts';

/** A registry with one blob, and a client of it; each test has its own. */
export interface TestBlob {
  readonly registry: TestRegistry;
  readonly tested: TestClient;
  readonly bytes: Buffer;
  readonly digest: string;
  readonly reference: ImageReference;
  /** @param size as the caller knows it; what it is, if left out */
  open(size?: number): Promise<RegistryBlob>;
  /** Requests for blobs, without the failed TLS handshake, which no server logs. */
  blobRequests(): readonly LoggedRequest[];
  /** Expects of a range what the blob has there. */
  readsRight(offset: number, length: number): Promise<void>;
}

export const SIZE = 400_000;

export function useTestBlob(): TestBlob {
  const bytes = randomBytes(SIZE);
  let registry: TestRegistry;
  let tested: TestClient;
  let digest: string;
  let reference: ImageReference;

  beforeEach(async () => {
    registry = await createTestRegistry();
    tested = createTestClient();
    digest = registry.addBlob(bytes);
    reference = { host: registry.host, repository: 'library/py' };
  });
  afterEach(async () => {
    await tested[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
  });

  const open = (size = SIZE) => tested.client.openBlob(reference, digest, { size });
  return {
    bytes,
    get registry() {
      return registry;
    },
    get tested() {
      return tested;
    },
    get digest() {
      return digest;
    },
    get reference() {
      return reference;
    },
    open,
    blobRequests: () => registry.requests.filter(({ kind }) => kind === 'blob'),
    async readsRight(offset, length) {
      const blob = await open();
      const read = await blob.read(offset, length);
      expect(Buffer.from(read).equals(bytes.subarray(offset, offset + length))).toBe(true);
    },
  };
}
