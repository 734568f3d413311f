import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { errorOf } from '../../test/error-of.ts';
import { createHostsConfig } from './create-hosts-config.ts';
import { withRememberedHosts } from './with-remembered-hosts.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'sluice-hosts-'));
  await mkdir(join(root, 'ghcr.io'));
  vi.useFakeTimers({ toFake: ['performance'] });
  // The cache takes a clock at 0 for none.
  vi.advanceTimersByTime(1);
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(root, { recursive: true });
});

const writeServer = (server: string) => writeFile(join(root, 'ghcr.io/hosts.toml'), `server = "${server}"`);

function createRemembered() {
  const hosts = withRememberedHosts(createHostsConfig({ configPath: root }), { forMs: 1000 });
  return async () => (await hosts.hostsFor('ghcr.io'))[0]?.baseUrl.href;
}

describe('withRememberedHosts', () => {
  test('gives an answer again until its time is over, then asks', async () => {
    const server = createRemembered();
    await writeServer('https://one.example');
    expect(await server()).toBe('https://one.example/v2');
    await writeServer('https://two.example');
    vi.advanceTimersByTime(999);
    expect(await server()).toBe('https://one.example/v2');
    vi.advanceTimersByTime(2);
    expect(await server()).toBe('https://two.example/v2');
  });

  test('does not prolong an answer by giving it', async () => {
    const server = createRemembered();
    await writeServer('https://one.example');
    await server();
    await writeServer('https://two.example');
    for (let step = 0; step < 3; step++) {
      vi.advanceTimersByTime(400);
      await server();
    }
    expect(await server()).toBe('https://two.example/v2');
  });

  test('asks again at once after a failure', async () => {
    const hosts = withRememberedHosts(createHostsConfig({ configPath: root }));
    await writeFile(join(root, 'ghcr.io/hosts.toml'), 'nonsense = 1');
    expect((await errorOf(hosts.hostsFor('ghcr.io'))).code).toBe('INVALID');
    await writeServer('https://mended.example');
    expect((await hosts.hostsFor('ghcr.io'))[0]?.baseUrl.href).toBe('https://mended.example/v2');
  });

  test('keeps registries apart', async () => {
    const hosts = withRememberedHosts(createHostsConfig({ configPath: root }));
    await writeServer('https://one.example');
    const [ghcr, docker] = [await hosts.hostsFor('ghcr.io'), await hosts.hostsFor('docker.io')];
    expect(ghcr[0]?.baseUrl.href).toBe('https://one.example/v2');
    expect(docker[0]?.baseUrl.href).toBe('https://registry-1.docker.io/v2');
    expect(await hosts.hostsFor('ghcr.io')).toBe(ghcr);
  });

  test('refuses a caller that has given up, whatever it remembers', async () => {
    const hosts = withRememberedHosts(createHostsConfig({ configPath: root }));
    await hosts.hostsFor('ghcr.io');
    await expect(hosts.hostsFor('ghcr.io', { signal: AbortSignal.abort() })).rejects.toThrow('aborted');
  });
});
