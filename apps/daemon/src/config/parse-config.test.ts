import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { DaemonError } from '../daemon-error.ts';
import { configSchema } from './config-schema.ts';
import { parseConfig } from './parse-config.ts';

const example = readFileSync(new URL('../../sluice.example.toml', import.meta.url), 'utf8');
const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

function mistakesIn(text: string): string {
  try {
    parseConfig(text, 'sluice.toml');
  } catch (error) {
    if (error instanceof DaemonError && error.code === 'CONFIG') return error.message;
    throw error;
  }
  throw new Error(`no mistake was found in ${text}`);
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
}

/** 'log.level', of every value that is not a table. */
function keysOf({ properties = {} }: JsonSchema, prefix = ''): string[] {
  return Object.entries(properties).flatMap(([name, inner]) =>
    inner.properties ? keysOf(inner, `${prefix}${name}.`) : [`${prefix}${name}`],
  );
}

/** The same of a configuration. */
function keysIn(config: object): string[] {
  return Object.entries(config).flatMap(([key, value]) =>
    isTable(value) ? Object.keys(value).map((inner) => `${key}.${inner}`) : [key],
  );
}

function isTable(value: unknown): value is object {
  return typeof value === 'object' && !Array.isArray(value);
}

describe('parseConfig', () => {
  it('fills in every default', () => {
    expect(parseConfig('', 'sluice.toml')).toEqual({
      root: '/var/lib/sluice',
      address: '/run/sluice/sluice.sock',
      admin: {},
      log: { level: 'info' },
      metrics: {},
      registry: { credentials: ['docker', 'cri', 'kubernetes', 'kubelet'] },
      cri: { remember_credentials: false },
      kubernetes: { pull_secrets: false, namespaces: [] },
      kubelet: {},
      layers: { allow_unverified: false },
      fetch: {
        prefetch: true,
        background: true,
        background_bytes_per_second: 0,
        quiet_seconds: 10,
        learn: true,
        pull_profiles: false,
      },
      content: { max_size_bytes: 0, min_free_bytes: 0, reverify: 'changed' },
      snapshotter: { async_remove: true, mount_options: [], upperdir_label: false },
      grpc: { transport: 'native' },
      fuse: { driver: 'kernel', passthrough: 'auto', survive_restarts: true },
      watchdog: { seconds: 60 },
    });
  });

  it('finds nothing but the defaults in the example file', () => {
    expect(parseConfig(example, 'example')).toEqual(parseConfig('', 'nothing'));
  });

  it('accepts every line of the example file that is commented out', () => {
    const all = example.replaceAll(/^# (?=[a-z_]+ = )/gm, '');
    expect(parseConfig(all, 'example')).toMatchObject({
      admin: { address: '/run/sluice/admin.sock' },
      metrics: { address: '127.0.0.1:9464' },
      registry: { config_path: '/etc/containerd/certs.d', docker_config: '/etc/sluice/docker-config.json' },
    });
  });

  it('knows no key that example or README lack, and they none that it does not know', () => {
    const known = keysOf(z.toJSONSchema(configSchema, { io: 'input' }) as JsonSchema).sort();
    const inExample = keysIn(parse(example.replaceAll(/^# (?=[a-z_]+ = )/gm, '')));
    const inReadme = [...readme.matchAll(/^### `([a-z_.]+)`/gm)].map(([, key]) => key);
    expect(inExample.sort()).toEqual(known);
    expect(inReadme.sort()).toEqual(known);
  });

  it('accepts the example that the README has for each key', () => {
    const sections = readme.split(/^### /m).slice(1);
    for (const section of sections) {
      const key = /^`([a-z_.]+)`/.exec(section)?.[1];
      const toml = /```toml\n(.*?)```/s.exec(section)?.[1] ?? '';
      expect({ key, names: keysIn(parse(toml)) }).toEqual({ key, names: [key] });
      expect(() => parseConfig(toml, 'README')).not.toThrow();
    }
  });

  it.each([
    [
      'colour = "red"',
      'sluice.toml:1: colour is not a key; the file may have: root, address, admin, log, metrics',
    ],
    ['root = "/a"\n\n[log]\ncolour = true', 'sluice.toml:4: log.colour is not a key; [log] may have: level'],
    [
      '[log]\n# how much\nlevel = "loud"',
      'sluice.toml:3: log.level must be one of: "debug", "info", "warn", "error"',
    ],
    ['log.level = 3', 'sluice.toml:1: log.level must be one of'],
    ['root = "var/lib"', 'sluice.toml:1: root must be an absolute path'],
    ['root = 1', 'sluice.toml:1: root must be a string'],
    [
      '[registry]\ncredentials = ["vault"]',
      'sluice.toml:2: registry.credentials.0 must be one of: "docker", "cri", "kubernetes", "kubelet"',
    ],
    ['[metrics]\naddress = "0.0.0.0:9464"', 'sluice.toml:2: metrics.address must be a loopback address'],
    ['log = "debug"', 'sluice.toml:1: log must be a table'],
    ['[fetch]\nbackground = 1', 'sluice.toml:2: fetch.background must be true or false'],
    ['[content]\nmax_size_bytes = "10G"', 'sluice.toml:2: content.max_size_bytes must be a number'],
    [
      '[content]\nmin_free_bytes = -1',
      'sluice.toml:2: content.min_free_bytes must be a whole number, 0 or more',
    ],
    ['[layers]\nallow_unverified = "yes"', 'sluice.toml:2: layers.allow_unverified must be true or false'],
    [
      '[snapshotter]\nmount_options = "volatile"',
      'sluice.toml:2: snapshotter.mount_options must be an array',
    ],
    [
      '[snapshotter]\nmount_options = ["a,b"]',
      'sluice.toml:2: snapshotter.mount_options.0 must be one mount',
    ],
    ['[snapshotter]\nmount_options = ["upperdir=/x"]', 'and not lowerdir, upperdir or workdir'],
    [
      '[fuse]\ndriver = "other"',
      'sluice.toml:2: fuse.driver must be one of: "kernel", "fuse-native", "auto", "none"',
    ],
    ['[fuse]\npassthrough = true', 'sluice.toml:2: fuse.passthrough must be one of: "auto", "off"'],
    ['root = "/a"\nroot = "/b"', 'sluice.toml:2:'],
    ['root = ', 'sluice.toml:1:'],
  ])('refuses %j and names file, line, key and what is allowed', (text, message) => {
    expect(mistakesIn(text)).toContain(message);
  });

  it('names all mistakes at once', () => {
    const lines = mistakesIn('root = 1\ncolour = 2\n[log]\nlevel = 3').split('\n');
    expect(lines).toHaveLength(3);
  });

  it('throws nothing but CONFIG, whatever the file holds', () => {
    const fragment = fc.oneof(
      fc.string(),
      fc.constantFrom('root', ' = ', '"/a"', '\n', '[log]', 'level', '1', '[', 'log.level', 'true'),
    );
    fc.assert(
      fc.property(fc.array(fragment), (fragments) => {
        try {
          parseConfig(fragments.join(''), 'f');
        } catch (error) {
          expect(error).toMatchObject({ name: 'DaemonError', code: 'CONFIG' });
        }
      }),
    );
  });
});
