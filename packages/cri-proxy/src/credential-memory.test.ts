import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AuthConfig } from './auth-config.ts';
import { createCredentialFile } from './credential-file.ts';
import { createCredentialMemory } from './credential-memory.ts';

const SECRET = 'pulled-with-never-to-be-seen';
const basic = (password = SECRET) => ({ kind: 'basic', username: 'me', password });

const authOf = (fields: Partial<AuthConfig> = { username: 'me', password: SECRET }): AuthConfig => ({
  username: '',
  password: '',
  auth: '',
  serverAddress: '',
  identityToken: '',
  registryToken: '',
  ...fields,
});
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('what a pull taught', () => {
  test.each<[Partial<AuthConfig>, object | undefined]>([
    [{ username: 'me', password: 'p', identityToken: 't' }, basic('p')],
    [
      { identityToken: 't', auth: base64('me:p') },
      { kind: 'identity-token', token: 't' },
    ],
    [{ auth: base64('me:p:q'), registryToken: 'r' }, basic('p:q')],
    [{ auth: base64('me:p\0\0') }, basic('p')],
    [{ registryToken: 'r' }, { kind: 'registry-token', token: 'r' }],
    [{ auth: 'nonsense' }, undefined],
    [{}, undefined],
  ])('of %j is %j', async (fields, credential) => {
    const memory = createCredentialMemory(undefined);
    memory.learn('r.example/a:v1', authOf(fields));
    expect(await memory.get('r.example', { registry: 'r.example', repository: 'a' })).toEqual(credential);
  });

  test.each([
    ['python', 'registry-1.docker.io', 'docker.io', 'library/python'],
    ['docker.io/library/python:3', 'registry-1.docker.io', 'docker.io', 'library/python'],
    ['index.docker.io/owner/app', 'registry-1.docker.io', 'docker.io', 'owner/app'],
    [`127.0.0.1:5000/a/b@sha256:${'a'.repeat(64)}`, '127.0.0.1:5000', '127.0.0.1:5000', 'a/b'],
  ])('of %s is found under its normalised name', async (image, host, registry, repository) => {
    const memory = createCredentialMemory(undefined);
    memory.learn(image, authOf());
    expect(await memory.get(host, { registry, repository })).toEqual(basic());
    expect(await memory.get(host, { registry, repository: 'another' })).toBeUndefined();
  });

  test('goes to the image’s registry, and to no mirror of it', async () => {
    const memory = createCredentialMemory(undefined);
    memory.learn('r.example/a', authOf());
    expect(await memory.get('mirror.example', { registry: 'r.example', repository: 'a' })).toBeUndefined();
    expect(await memory.get('r.example', { registry: 'r.example', repository: 'a' })).toEqual(basic());
  });

  test.each([
    ['r.example', 'r.example', true],
    ['https://r.example/v1/', 'r.example', true],
    ['https://index.docker.io/v1/', 'registry-1.docker.io', true],
    ['mirror.example', 'mirror.example', true],
    ['mirror.example', 'r.example', false],
    ['r.example:5000', 'r.example', false],
  ])('for the server %s goes to %s: %s', async (serverAddress, host, goes) => {
    const memory = createCredentialMemory(undefined);
    memory.learn('r.example/a', authOf({ username: 'me', password: SECRET, serverAddress }));
    expect((await memory.get(host, { registry: 'r.example', repository: 'a' })) !== undefined).toBe(goes);
  });

  test('is replaced by the next pull with credentials', async () => {
    const memory = createCredentialMemory(undefined);
    memory.learn('r.example/a:v1', authOf());
    memory.learn('r.example/a:v2', authOf({ username: 'me', password: 'new' }));
    memory.learn('r.example/a:v2', authOf({}));
    expect(await memory.get('r.example', { repository: 'a' })).toEqual(basic('new'));
  });

  test.each(['', `sha256:${'a'.repeat(64)}`, 'UPPER CASE', '/'])('of %j is nothing', async (image) => {
    const memory = createCredentialMemory(undefined);
    memory.learn(image, authOf());
    expect(await memory.get('docker.io', { registry: 'docker.io', repository: image })).toBeUndefined();
  });
});

describe('a file of credentials', () => {
  let dir: string;
  let path: string;
  let warnings: string[];
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sluice-cri-'));
    path = join(dir, 'credentials.json');
    warnings = [];
  });
  afterEach(() => rm(dir, { recursive: true }));

  const memory = () =>
    createCredentialMemory(
      createCredentialFile(path, {
        debug: () => {},
        warn: (fields, message) => warnings.push(`${message} ${JSON.stringify(fields)}`),
      }),
    );
  const saved = () => expect.poll(() => readFile(path, 'utf8').catch(() => '')).not.toBe('');

  test('brings them back in the next life, and nobody else can read it', async () => {
    const umask = process.umask(0);
    try {
      memory().learn('r.example/a', authOf());
      await saved();
    } finally {
      process.umask(umask);
    }
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await memory().get('r.example', { repository: 'a' })).toEqual(basic());
  });

  test('is left alone where nothing is new', async () => {
    const first = memory();
    first.learn('r.example/a', authOf());
    await saved();
    const before = await stat(path, { bigint: true });
    first.learn('r.example/a:v2', authOf());
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await stat(path, { bigint: true })).ino).toBe(before.ino);
  });

  test.each([
    '',
    `{"${SECRET}`,
    'null',
    '{"version":2}',
    `{"version":1,"credentials":[["a",{"credential":{"kind":"x"}}],5]}`,
  ])('that holds %j is as good as none', async (text) => {
    await writeFile(path, text);
    expect(await memory().get('r.example', { repository: 'a' })).toBeUndefined();
    expect(warnings.join()).not.toContain(SECRET);
  });

  test('that cannot be written is a warning without what it would hold', async () => {
    path = join(dir, 'none', 'credentials.json');
    memory().learn('r.example/a', authOf());
    await expect.poll(() => warnings.length).toBe(1);
    expect(warnings[0]).toContain('learned credentials cannot be saved');
    expect(warnings[0]).not.toContain(SECRET);
  });
});
