import { randomBytes } from 'node:crypto';
import { createTestRegistry, type TestRegistry } from '@sluice/testkit/registry';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createRegistryClient } from './client/create-registry-client.ts';
import { createStaticCredentials } from './credentials/create-static-credentials.ts';
import { createDefaultHosts } from './hosts/create-default-hosts.ts';

const bytes = randomBytes(300_000);

describe('a registry client', () => {
  let registry: TestRegistry;
  let digest: string;
  beforeEach(async () => {
    registry = await createTestRegistry();
    digest = registry.addBlob(bytes);
  });
  afterEach(() => registry[Symbol.asyncDispose]());

  test('reads a range of a blob over plain HTTP from a loopback registry without configuration', async () => {
    await using client = createRegistryClient({
      credentials: createStaticCredentials(),
      hosts: createDefaultHosts(),
      logger: { debug: console.log, warn: console.log },
    });
    const blob = await client.openBlob({ host: registry.host, repository: 'library/py' }, digest);
    expect(blob.size).toBe(bytes.length);
    expect(Buffer.from(await blob.read(1000, 200_000)).equals(bytes.subarray(1000, 201_000))).toBe(true);
  });
});
