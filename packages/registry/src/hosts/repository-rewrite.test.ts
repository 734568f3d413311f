import { randomBytes } from 'node:crypto';
import { createTestRegistry } from '@sluice/testkit/registry';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createTestClient } from '../../test/create-test-client.ts';
import { errorOf } from '../../test/error-of.ts';
import { isRepositoryName } from '../names.ts';
import { RegistryError } from '../registry-error.ts';
import { defaultHost } from './default-host.ts';
import { compileRewrite, type RepositoryRewrite, rewriteRepository } from './repository-rewrite.ts';

function compiled(rules: Readonly<Record<string, string>>): RepositoryRewrite[] {
  return Object.entries(rules).map(([pattern, template]) => {
    const rewrite = compileRewrite(pattern, template);
    if (rewrite === undefined) throw new Error(`${pattern} does not compile`);
    return rewrite;
  });
}

describe('a rewrite', () => {
  /* biome-ignore-start lint/suspicious/noTemplateCurlyInString: Go's templates */
  test.each<[Record<string, string>, string, string]>([
    [
      { '^rancher/(.*)': 'mirrorproject/rancher-images/$1' },
      'rancher/k3s',
      'mirrorproject/rancher-images/k3s',
    ],
    [{ '(.*)': 'docker.io/$1' }, 'library/python', 'docker.io/library/python'],
    [{ '^(?P<org>[^/]+)/(?P<app>.+)$': '${app}/of-${org}' }, 'a/b', 'b/of-a'],
    [{ '(?i)^LIBRARY/': '' }, 'library/python', 'python'],
    [{ '\\Alibrary\\/(\\w+)\\z': 'hub/${1}x' }, 'library/python', 'hub/pythonx'],
    // Go reads `$1x` as a group that is called 1x, and there is none.
    [{ '^(a)': 'c$1x' }, 'a/b', 'c/b'],
    [{ 'a\\-b': 'c' }, 'a-b/a-b', 'c/c'],
    [{ '^nothing/': 'x/', '^a/': 'first/', '^a': 'second' }, 'a/b', 'first/b'],
    [{ '^nothing/': 'x/' }, 'a/b', 'a/b'],
  ])('%j makes of %s %s', (rules, repository, expected) => {
    expect(rewriteRepository(compiled(rules), repository, 'x')).toBe(expected);
  });
  /* biome-ignore-end lint/suspicious/noTemplateCurlyInString: Go's templates */

  test('gives the name of a repository or a RegistryError, whatever it says', () => {
    const template = fc.stringMatching(/^[a-z/$1{}]{0,8}$/);
    fc.assert(
      fc.property(fc.constantFrom('^(.*)$', '/', 'b', '(a)|(b)'), template, (pattern, text) => {
        try {
          expect(isRepositoryName(rewriteRepository(compiled({ [pattern]: text }), 'a/b', 'x'))).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(RegistryError);
          expect(error).toMatchObject({ code: 'INVALID', retryable: false });
        }
      }),
    );
  });

  test.each(['(', '[[:alpha:]]', 'a**', '(?P<a'])('%j is not compiled', (pattern) => {
    expect(compileRewrite(pattern, '')).toBeUndefined();
  });
});

describe('a mirror with a rewrite', () => {
  const bytes = randomBytes(1000);

  test('is asked for the repository as it calls it, token and all, and the registry as ever', async () => {
    await using mirror = await createTestRegistry({ auth: { kind: 'bearer' } });
    await using origin = await createTestRegistry();
    mirror.addBlob(bytes);
    const digest = origin.addBlob(bytes);
    const rewrites = compiled({ '^library/(.*)': 'cache/hub/$1' });
    const hosts = {
      hostsFor: async () => [defaultHost(mirror.host, { rewrites }), defaultHost(origin.host)],
    };
    await using tested = createTestClient({ hosts });
    const reference = { host: 'docker.io', repository: 'library/python' };
    const blob = await tested.client.openBlob(reference, digest, { size: bytes.length });
    expect(Buffer.from(await blob.read(0, 1000)).equals(bytes)).toBe(true);
    const asked = mirror.requests.filter(({ kind }) => kind === 'blob');
    expect(asked.map(({ path, status }) => [path, status])).toEqual([
      [`/v2/cache/hub/python/blobs/${digest}?ns=docker.io`, 401],
      [`/v2/cache/hub/python/blobs/${digest}?ns=docker.io`, 206],
    ]);
    mirror.faults.always(() => ({ kind: 'status', status: 404 }));
    await blob.read(0, 1000);
    expect(origin.requests.map(({ repository }) => repository)).toEqual(['library/python']);
  });

  test('that makes nonsense of a name is passed over, and an error where it is the only host', async () => {
    await using origin = await createTestRegistry();
    const digest = origin.addBlob(bytes);
    const bad = defaultHost('mirror.example', { rewrites: compiled({ '^': '//' }) });
    const read = async (hosts: ReturnType<typeof defaultHost>[]) => {
      await using tested = createTestClient({ hosts: { hostsFor: async () => hosts } });
      const blob = await tested.client.openBlob({ host: 'docker.io', repository: 'a' }, digest, {
        size: 1000,
      });
      return await blob.read(0, 10);
    };
    expect(await read([bad, defaultHost(origin.host)])).toHaveLength(10);
    const error = await errorOf(read([bad]));
    expect(error.code).toBe('INVALID');
    expect(error.message).toContain('registry mirror.example (for docker.io): blob sha256:');
    expect(error.message).toContain("its rewrite in hosts.toml makes '//a' of the repository");
  });
});
