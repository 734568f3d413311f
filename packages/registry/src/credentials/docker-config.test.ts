import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { everythingOf } from '../../test/create-test-client.ts';
import { errorOf } from '../../test/error-of.ts';
import { RegistryError } from '../registry-error.ts';
import { createCredentialChain } from './create-credential-chain.ts';
import { createDockerConfigCredentials } from './create-docker-config-credentials.ts';
import { createStaticCredentials } from './create-static-credentials.ts';
import { parseDockerConfig } from './parse-docker-config.ts';

const SECRET = 'secret-never-to-be-seen';
const base64 = (text: string) => Buffer.from(text).toString('base64');
const basic = (username: string, password: string) => ({ kind: 'basic', username, password });
const find = (config: object, host: string) =>
  parseDockerConfig(JSON.stringify(config), 'config.json').credentialFor(host);

describe('a Docker config.json', () => {
  test.each<[string, object, string, unknown]>([
    ['auth', { 'ghcr.io': { auth: base64('me:pa:ss') } }, 'ghcr.io', basic('me', 'pa:ss')],
    [
      'auth with NULs at its end',
      { 'ghcr.io': { auth: base64('me:pass\0\0') } },
      'ghcr.io',
      basic('me', 'pass'),
    ],
    [
      'username and password',
      { 'a.b:5000': { username: 'me', password: 'p' } },
      'a.b:5000',
      basic('me', 'p'),
    ],
    [
      'an identity token',
      { 'a.b': { auth: base64('me:'), identitytoken: 't' } },
      'a.b',
      { kind: 'identity-token', token: 't' },
    ],
    ['a registry token', { 'a.b': { registrytoken: 't' } }, 'a.b', { kind: 'registry-token', token: 't' }],
    [
      'a key with scheme and path',
      { 'https://a.b:5000/v1/': { auth: base64('me:p') } },
      'a.b:5000',
      basic('me', 'p'),
    ],
    [
      "Docker Hub's key",
      { 'https://index.docker.io/v1/': { auth: base64('me:p') } },
      'registry-1.docker.io',
      basic('me', 'p'),
    ],
    [
      "Docker Hub's short name",
      { 'docker.io': { auth: base64('me:p') } },
      'registry-1.docker.io',
      basic('me', 'p'),
    ],
    [
      'an exact key before others',
      { 'https://a.b/v2': { auth: base64('x:y') }, 'a.b': { auth: base64('me:p') } },
      'a.b',
      basic('me', 'p'),
    ],
    ['another host', { 'ghcr.io': { auth: base64('me:p') } }, 'ghcr.io.evil.example', undefined],
    ['another port', { 'a.b:5000': { auth: base64('me:p') } }, 'a.b:5001', undefined],
    ['an empty entry', { 'a.b': {} }, 'a.b', undefined],
    ['an auth without a colon', { 'a.b': { auth: base64('me') } }, 'a.b', undefined],
    ['an entry that is none', { 'a.b': 5 }, 'a.b', undefined],
  ])('with %s', (_name, auths, host, expected) => {
    expect(find({ auths }, host)).toEqual(expected);
  });

  test('names the helper of a host, or else of all hosts', () => {
    const config = parseDockerConfig(
      JSON.stringify({ credsStore: 'all', credHelpers: { 'ghcr.io': 'one' } }),
      'f',
    );
    expect([config.helperFor('ghcr.io'), config.helperFor('other')]).toEqual(['one', 'all']);
    expect(parseDockerConfig('{}', 'f').helperFor('ghcr.io')).toBeUndefined();
  });

  test('that is no JSON object is an error that names the file and quotes nothing', () => {
    for (const text of ['', '[]', '5', `{"auths": {"a": "${SECRET}`]) {
      expect(() => parseDockerConfig(text, '/root/.docker/config.json')).toThrow(
        expect.objectContaining({
          code: 'INVALID',
          message: '/root/.docker/config.json: not a JSON object; log in again, or mend it',
        }),
      );
    }
  });

  test('of any JSON gives a credential, none, or a RegistryError', () => {
    const key = fc.constantFrom(
      'auths',
      'credHelpers',
      'credsStore',
      'a.b',
      'auth',
      'username',
      'password',
      'identitytoken',
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(null, 1, true, 'text', base64('a:b'), []),
        fc.dictionary(key, tie('value')),
      ),
    }));
    fc.assert(
      fc.property(value, (config) => {
        try {
          const parsed = parseDockerConfig(JSON.stringify(config), 'f');
          expect(['basic', 'identity-token', undefined]).toContain(parsed.credentialFor('a.b')?.kind);
          expect(['string', 'undefined']).toContain(typeof parsed.helperFor('a.b'));
        } catch (error) {
          if (!(error instanceof RegistryError)) throw error;
        }
      }),
    );
  });
});

describe('credentials from a Docker config.json', () => {
  let dir: string;
  let path: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sluice-docker-'));
    path = join(dir, 'config.json');
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(dir, { recursive: true });
  });
  const save = (config: object) => writeFile(path, JSON.stringify(config));
  const helper = async (name: string, script: string) => {
    await mkdir(join(dir, 'bin'), { recursive: true });
    await writeFile(join(dir, 'bin', `docker-credential-${name}`), `#!/bin/sh\n${script}\n`);
    await chmod(join(dir, 'bin', `docker-credential-${name}`), 0o755);
    vi.stubEnv('PATH', `${join(dir, 'bin')}:${process.env['PATH']}`);
  };

  test('are none where there is no file', async () => {
    expect(await createDockerConfigCredentials({ path }).get('a.b')).toBeUndefined();
  });

  test('are read again when the file has changed', async () => {
    const source = createDockerConfigCredentials({ path });
    await save({ auths: { 'a.b': { auth: base64('me:one') } } });
    expect(await source.get('a.b')).toEqual(basic('me', 'one'));
    await save({ auths: { 'a.b': { auth: base64('me:two') } } });
    expect(await source.get('a.b')).toEqual(basic('me', 'two'));
    await rm(path);
    expect(await source.get('a.b')).toBeUndefined();
  });

  test('are looked for in $DOCKER_CONFIG', async () => {
    vi.stubEnv('DOCKER_CONFIG', dir);
    await save({ auths: { 'a.b': { auth: base64('me:p') } } });
    expect(await createDockerConfigCredentials().get('a.b')).toEqual(basic('me', 'p'));
  });

  test('come from the helper that the file names, which is asked for the host on its standard input', async () => {
    await save({ credHelpers: { 'a.b': 'test' }, auths: { 'a.b': { auth: base64('old:old') } } });
    await helper(
      'test',
      `[ "$1" = get ] && printf '{"ServerURL":"x","Username":"me@%s","Secret":"p"}' "$(cat)"`,
    );
    expect(await createDockerConfigCredentials({ path }).get('a.b')).toEqual(basic('me@a.b', 'p'));
  });

  test('of Docker Hub are asked for under the name that Docker gave it', async () => {
    await save({ credsStore: 'test' });
    await helper('test', `printf '{"Username":"%s","Secret":"p"}' "$(cat)"`);
    expect(await createDockerConfigCredentials({ path }).get('registry-1.docker.io')).toEqual(
      basic('https://index.docker.io/v1/', 'p'),
    );
  });

  test('from a helper may be an identity token', async () => {
    await save({ credsStore: 'test' });
    await helper('test', `echo '{"Username":"<token>","Secret":"t"}'`);
    expect(await createDockerConfigCredentials({ path }).get('a.b')).toEqual({
      kind: 'identity-token',
      token: 't',
    });
  });

  test('come from the file where the helper has none', async () => {
    await save({ credsStore: 'test', auths: { 'a.b': { auth: base64('me:p') } } });
    await helper('test', 'echo credentials not found in native keychain; exit 1');
    expect(await createDockerConfigCredentials({ path }).get('a.b')).toEqual(basic('me', 'p'));
  });

  test.each<[string, string, string]>([
    ['fails', `echo ${SECRET}; echo ${SECRET} >&2; exit 3`, 'docker-credential-test for a.b failed (3)'],
    [
      'answers nonsense',
      `echo '{"Secret": "${SECRET}'`,
      'docker-credential-test gave an answer that is none',
    ],
    [
      'answers without a user',
      `echo '{"Secret": "${SECRET}"}'`,
      'docker-credential-test gave an answer that is none',
    ],
  ])('of a helper that %s are an error without its output', async (_name, script, message) => {
    await save({ credsStore: 'test' });
    await helper('test', script);
    const error = await errorOf(createDockerConfigCredentials({ path }).get('a.b'));
    expect(error.code).toBe('UNAVAILABLE');
    expect(error.message).toContain(message);
    expect(everythingOf(error)).not.toContain(SECRET);
  });

  test('of a helper that is not there are an error that names it', async () => {
    await save({ credsStore: 'missing' });
    const error = await errorOf(createDockerConfigCredentials({ path }).get('a.b'));
    expect(error.message).toContain('docker-credential-missing for a.b failed (ENOENT)');
  });

  test('do not come from a program outside PATH', async () => {
    await save({ credsStore: '../../bin/sh' });
    expect((await errorOf(createDockerConfigCredentials({ path }).get('a.b'))).code).toBe('INVALID');
  });

  test('of a helper that hangs are given up with the signal', async () => {
    await save({ credsStore: 'test' });
    await helper('test', 'exec sleep 30');
    const controller = new AbortController();
    const { signal } = controller;
    const reason = new Error('enough');
    setTimeout(() => controller.abort(reason), 100);
    await expect(createDockerConfigCredentials({ path }).get('a.b', { signal })).rejects.toBe(reason);
  });
});

describe('a chain of credential sources', () => {
  const mine = createStaticCredentials({ 'a.b': { kind: 'basic', username: 'me', password: 'p' } });

  test('gives the first credential that there is', async () => {
    const chain = createCredentialChain([createStaticCredentials(), mine], {
      debug: () => {},
      warn: () => {},
    });
    expect(await chain.get('a.b')).toEqual(basic('me', 'p'));
    expect(await chain.get('c.d')).toBeUndefined();
  });

  test('passes over a source that fails, and logs it', async () => {
    const warnings: unknown[] = [];
    const failure = new RegistryError('INVALID', 'broken');
    const broken = { get: () => Promise.reject(failure) };
    const chain = createCredentialChain([broken, mine], {
      debug: () => {},
      warn: (fields) => warnings.push(fields),
    });
    expect(await chain.get('a.b')).toEqual(basic('me', 'p'));
    expect(warnings).toEqual([{ err: failure, host: 'a.b' }]);
  });
});
