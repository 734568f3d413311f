import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { everythingOf } from '../../../test/create-test-client.ts';
import { errorOf } from '../../../test/error-of.ts';
import { createKubeletCredentials } from './create-kubelet-credentials.ts';

const SECRET = 'plugin-secret-never-to-be-seen';
const VERSION = 'credentialprovider.kubelet.k8s.io/v1';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sluice-kubelet-'));
});
afterEach(() => rm(dir, { recursive: true }));

/** A plugin that appends its request to NAME.asked and then runs the script. */
async function plugin(name: string, script: string): Promise<void> {
  const path = join(dir, name);
  await writeFile(path, `#!/bin/sh\n{ cat; echo; } >> '${path}.asked'\n${script}\n`);
  await chmod(path, 0o755);
}

async function asked(name: string): Promise<{ readonly image: string }[]> {
  const text = await readFile(join(dir, `${name}.asked`), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

const answer = (fields: object) => `cat <<'END'
${JSON.stringify({ apiVersion: VERSION, kind: 'CredentialProviderResponse', ...fields })}
END`;
const auth = (pattern: string, password = 'p') => ({ [pattern]: { username: 'me', password } });
const basic = (password = 'p') => ({ kind: 'basic', username: 'me', password });

async function source(...providers: readonly { readonly name: string; readonly [key: string]: unknown }[]) {
  const configPath = join(dir, 'config.json');
  const all = providers.map((provider) => ({
    matchImages: ['*.example'],
    defaultCacheDuration: '1h',
    apiVersion: VERSION,
    ...provider,
  }));
  const config = { apiVersion: 'kubelet.config.k8s.io/v1', kind: 'CredentialProviderConfig', providers: all };
  await writeFile(configPath, JSON.stringify(config));
  return createKubeletCredentials({ configPath, binDir: dir });
}

describe('credentials of kubelet plugins', () => {
  test('come from the plugin whose pattern matches, which is told the image', async () => {
    await plugin('one', answer({ cacheKeyType: 'Registry', auth: auth('r.example') }));
    await plugin('other', 'exit 1');
    const credentials = await source({ name: 'other', matchImages: ['*.other'] }, { name: 'one' });
    expect(await credentials.get('r.example', { repository: 'team/app' })).toEqual(basic());
    expect(await asked('one')).toEqual([
      { apiVersion: VERSION, kind: 'CredentialProviderRequest', image: 'r.example/team/app' },
    ]);
    expect(await credentials.get('r.elsewhere', { repository: 'team/app' })).toBeUndefined();
    expect(await asked('other')).toEqual([]);
  });

  test('of Docker Hub are asked for under its name in references', async () => {
    await plugin('hub', answer({ cacheKeyType: 'Image', auth: auth('docker.io') }));
    const credentials = await source({ name: 'hub', matchImages: ['docker.io'] });
    expect(await credentials.get('registry-1.docker.io', { repository: 'library/python' })).toEqual(basic());
    expect((await asked('hub')).map(({ image }) => image)).toEqual(['docker.io/library/python']);
  });

  test('get the arguments and the environment that the file says, besides its own', async () => {
    const script = `printf '{"apiVersion":"${VERSION}","kind":"CredentialProviderResponse","cacheKeyType":"Image","auth":{"r.example":{"username":"me","password":"%s"}}}' "$1 $2 $FOO $HOME"`;
    await plugin('one', script);
    const credentials = await source({ name: 'one', args: ['a', 'b c'], env: [{ name: 'FOO', value: 'f' }] });
    expect(await credentials.get('r.example')).toEqual(basic(`a b c f ${process.env['HOME']}`));
  });

  test('are those of the longest key that matches', async () => {
    const all = { ...auth('r.example', 'all'), ...auth('r.example/team', 'team'), ...auth('x.example', 'x') };
    await plugin('one', answer({ cacheKeyType: 'Registry', auth: all }));
    const credentials = await source({ name: 'one' });
    expect(await credentials.get('r.example', { repository: 'team/app' })).toEqual(basic('team'));
    expect(await credentials.get('r.example', { repository: 'other' })).toEqual(basic('all'));
  });

  test.each([
    ['Image', [2, 3, 4]],
    ['Registry', [1, 2, 2]],
    ['Global', [1, 1, 1]],
  ] as const)('are kept for the same %s', async (cacheKeyType, counts) => {
    await plugin('one', answer({ cacheKeyType, auth: { ...auth('*.example') } }));
    const credentials = await source({ name: 'one' });
    await credentials.get('r.example', { repository: 'a' });
    await credentials.get('r.example', { repository: 'a' });
    const seen: number[] = [];
    for (const [host, repository] of [
      ['r.example', 'b'],
      ['s.example', 'a'],
      ['s.example', 'b'],
    ] as const) {
      await credentials.get(host, { repository });
      seen.push((await asked('one')).length);
    }
    expect(seen).toEqual(counts);
  });

  test.each([
    ['the answer says 0', { cacheDuration: '0s' }, '1h', 2],
    ['nothing is said and the default is 0', {}, '0s', 2],
    ['the answer is older than it says', { cacheDuration: '30ms' }, '1h', 2],
    ['the answer is younger than it says', { cacheDuration: '1h' }, '0s', 1],
  ])('are asked for again, or not, where %s', async (_name, fields, defaultCacheDuration, count) => {
    await plugin('one', answer({ cacheKeyType: 'Global', auth: auth('r.example'), ...fields }));
    const credentials = await source({ name: 'one', defaultCacheDuration });
    await credentials.get('r.example');
    await new Promise((resolve) => setTimeout(resolve, 60));
    await credentials.get('r.example');
    expect(await asked('one')).toHaveLength(count);
  });

  test('are asked for anew when they are refused, and those of the next plugin come after them', async () => {
    await plugin('one', answer({ cacheKeyType: 'Global', auth: auth('r.example', 'one') }));
    await plugin('two', answer({ cacheKeyType: 'Global', auth: auth('r.example', 'two') }));
    const credentials = await source({ name: 'one' }, { name: 'two' });
    expect(await credentials.get('r.example')).toEqual(basic('one'));
    const refused = [{ kind: 'basic', username: 'me', password: 'one' } as const];
    expect(await credentials.get('r.example', { refused })).toEqual(basic('two'));
    expect(await asked('one')).toHaveLength(2);
  });

  test('count from the next question on when the file has changed', async () => {
    await plugin('one', answer({ cacheKeyType: 'Global', auth: auth('r.example', 'one') }));
    await plugin('two', answer({ cacheKeyType: 'Global', auth: auth('r.example', 'two') }));
    const credentials = await source({ name: 'one' });
    expect(await credentials.get('r.example')).toEqual(basic('one'));
    await source({ name: 'two' });
    expect(await credentials.get('r.example')).toEqual(basic('two'));
  });

  test.each<[string, string, string]>([
    ['fails', `echo ${SECRET}; echo ${SECRET} >&2; exit 3`, 'failed (3)'],
    [
      'answers nonsense',
      `echo '{"auth": "${SECRET}'`,
      'gave an answer that is no CredentialProviderResponse',
    ],
    [
      'answers in another version',
      `echo '{"kind":"CredentialProviderResponse","apiVersion":"v9","cacheKeyType":"Image","auth":{"${SECRET}":{}}}'`,
      'gave an answer that is no CredentialProviderResponse',
    ],
    ['says of nothing how long it counts', answer({ cacheKeyType: SECRET }), 'gave an answer that is no'],
    [
      'says nonsense of how long it counts',
      answer({ cacheKeyType: 'Image', cacheDuration: SECRET }),
      'gave an',
    ],
  ])('of a plugin that %s are an error without its output', async (_name, script, message) => {
    await plugin('one', script);
    const error = await errorOf((await source({ name: 'one' })).get('r.example', { repository: 'a' }));
    expect(error.code).toBe('UNAVAILABLE');
    expect(error.message).toContain(`credential provider ${join(dir, 'one')} for r.example/a ${message}`);
    expect(everythingOf(error)).not.toContain(SECRET);
  });

  test('of a plugin that fails come from the next one', async () => {
    await plugin('two', answer({ cacheKeyType: 'Global', auth: auth('r.example') }));
    const credentials = await source({ name: 'missing' }, { name: 'two' });
    expect(await credentials.get('r.example')).toEqual(basic());
  });

  test('of a plugin that hangs are given up with the signal, and it is killed', async () => {
    await plugin('one', `echo $$ > '${join(dir, 'pid')}'; trap '' TERM; exec sleep 30`);
    const controller = new AbortController();
    const reading = (await source({ name: 'one' })).get('r.example', { signal: controller.signal });
    reading.catch(() => {});
    await expect.poll(() => readFile(join(dir, 'pid'), 'utf8').catch(() => '')).not.toBe('');
    controller.abort(new Error('enough'));
    await expect(reading).rejects.toThrow('enough');
    const pid = Number(await readFile(join(dir, 'pid'), 'utf8'));
    await expect.poll(() => isRunning(pid)).toBe(false);
  });

  test('of a file that is not there are an error that names it', async () => {
    const credentials = createKubeletCredentials({ configPath: join(dir, 'none.yaml'), binDir: dir });
    const error = await errorOf(credentials.get('r.example'));
    expect(error.code).toBe('INVALID');
    expect(error.message).toBe(`${join(dir, 'none.yaml')}: cannot be read`);
  });
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
