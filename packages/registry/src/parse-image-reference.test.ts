import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatImageReference } from './format-image-reference.ts';
import type { ImageReference } from './image-reference.ts';
import { parseImageReference } from './parse-image-reference.ts';
import { RegistryError } from './registry-error.ts';

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;

describe('parseImageReference', () => {
  test.each<[string, string]>([
    ['python', 'docker.io/library/python:latest'],
    ['python:3.13', 'docker.io/library/python:3.13'],
    ['library/python', 'docker.io/library/python:latest'],
    ['owner/app', 'docker.io/owner/app:latest'],
    ['docker.io/python', 'docker.io/library/python:latest'],
    ['index.docker.io/python', 'docker.io/library/python:latest'],
    ['ghcr.io/owner/app:v1', 'ghcr.io/owner/app:v1'],
    ['localhost/app', 'localhost/app:latest'],
    ['localhost:5000/app', 'localhost:5000/app:latest'],
    ['127.0.0.1:5000/a/b/c:1', '127.0.0.1:5000/a/b/c:1'],
    ['[::1]:5000/app', '[::1]:5000/app:latest'],
    ['[2001:db8::1]/app', '[2001:db8::1]/app:latest'],
    ['registry:5000/app', 'registry:5000/app:latest'],
    ['Registry/app', 'Registry/app:latest'],
    [`app@${DIGEST}`, `docker.io/library/app@${DIGEST}`],
    [`ghcr.io/app:v1@${DIGEST}`, `ghcr.io/app:v1@${DIGEST}`],
    ['a__b/c--d/e.f_g', 'docker.io/a__b/c--d/e.f_g:latest'],
    ['a.b/c', 'a.b/c:latest'],
    ['python:5000', 'docker.io/library/python:5000'],
  ])('reads %s as %s', (text, canonical) => {
    expect(formatImageReference(parseImageReference(text))).toBe(canonical);
  });

  test.each([
    '',
    ':tag',
    'app:',
    'app@',
    'app@sha256:short',
    `app@md5:${'0'.repeat(32)}`,
    `app@${DIGEST.toUpperCase()}`,
    'App',
    'a//b',
    '/a',
    'a/',
    'a/../b',
    'ghcr.io/..',
    'a___b',
    'a..b/c/d..e',
    '-a/b',
    'host:port/a',
    'https://ghcr.io/a',
    'a b',
    'user@host/a',
    `app:${'t'.repeat(129)}`,
    'app:.tag',
    'app:a/b',
    `host.example/${'a'.repeat(250)}`,
    'app\n',
  ])('refuses %j, and says what a reference is', (text) => {
    expect(() => parseImageReference(text)).toThrow(
      expect.objectContaining({
        code: 'INVALID',
        message: expect.stringContaining('is not an image reference'),
      }),
    );
  });

  const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/);
  const host = fc
    .tuple(fc.array(label, { minLength: 2, maxLength: 4 }), fc.option(fc.integer({ min: 1, max: 65535 })))
    .map(([labels, port]) => labels.join('.') + (port === null ? '' : `:${port}`))
    .filter((text) => text !== 'index.docker.io' && text !== 'docker.io');
  const component = fc.stringMatching(/^[a-z0-9]{1,8}((\.|_|__|-{1,3})[a-z0-9]{1,8}){0,2}$/);
  const reference: fc.Arbitrary<ImageReference> = fc
    .record({
      host,
      repository: fc.array(component, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/')),
      tag: fc.option(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/), { nil: undefined }),
      digest: fc.option(
        fc.stringMatching(/^[0-9a-f]{64}$/).map((hex) => `sha256:${hex}`),
        { nil: undefined },
      ),
    })
    .filter(({ tag, digest }) => tag !== undefined || digest !== undefined)
    .map(({ host, repository, tag, digest }) => ({
      host,
      repository,
      ...(tag === undefined ? {} : { tag }),
      ...(digest === undefined ? {} : { digest }),
    }));

  test('reads back every reference that formatImageReference writes', () => {
    fc.assert(
      fc.property(reference, (given) => {
        expect(parseImageReference(formatImageReference(given))).toEqual(given);
      }),
    );
  });

  test('of any text gives a canonical reference, or a RegistryError', () => {
    const part = fc.constantFrom(
      'a',
      'B',
      '0',
      '.',
      ':',
      '/',
      '@',
      '-',
      '_',
      '[',
      ']',
      'sha256',
      DIGEST,
      ' ',
      '%2e',
      '\0',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(part, { maxLength: 12 }).map((parts) => parts.join('')),
        ),
        (text) => {
          try {
            const parsed = parseImageReference(text);
            expect(parseImageReference(formatImageReference(parsed))).toEqual(parsed);
            expect(parsed.repository).not.toMatch(/(^|\/)\.\.?(\/|$)|\/\/|[?#%\s]/);
          } catch (error) {
            if (!(error instanceof RegistryError)) throw error;
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
