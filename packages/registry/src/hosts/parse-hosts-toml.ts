import { dirname, resolve } from 'node:path';
import { parse, TomlError } from 'smol-toml';
import { RegistryError } from '../registry-error.ts';
import type { HostEntry } from './host-entry.ts';
import { lineOfKey } from './line-of-key.ts';
import { parseGoDuration } from './parse-go-duration.ts';
import type { HostCapability } from './registry-host.ts';
import { compileRewrite, type RepositoryRewrite } from './repository-rewrite.ts';

/**
 * Reads a hosts.toml as containerd does, but strictly: what containerd skips silently is an error here.
 * Source: containerd docs/hosts.md; core/remotes/docker/config/hosts.go.
 *
 * @param file its absolute path: for messages, and relative paths in it begin at its directory
 * @returns endpoints in the order to try them; the last is the root's, without a URL where `server` is missing
 * @throws RegistryError INVALID, with file and line; the message holds no value, which might be a secret header
 */
export function parseHostsToml(text: string, file: string): readonly HostEntry[] {
  const root = parseToml(text, file);
  const { server, host = {}, ...settings } = root;
  const top: Section = { text, file, table: undefined };
  if (server !== undefined && typeof server !== 'string') throw invalid(top, 'server', 'must be a string');
  if (!isTable(host)) throw invalid(top, 'host', 'must be a table: [host."https://mirror.example"]');
  const mirrors = Object.entries(host).map(([url, value]) => {
    const section: Section = { text, file, table: url };
    if (!isTable(value)) throw invalid(section, undefined, 'must be a table');
    return hostEntry(url, value, section);
  });
  return [...mirrors, hostEntry(server, settings, top)];
}

/** A place in a file, for messages. */
interface Section {
  readonly text: string;
  readonly file: string;
  /** The URL in `[host."URL"]`; undefined at the root. */
  readonly table: string | undefined;
}

type Table = Readonly<Record<string, unknown>>;

const KEYS = [
  'capabilities',
  'ca',
  'client',
  'skip_verify',
  'header',
  'override_path',
  'dial_timeout',
  'rewrite',
];

function parseToml(text: string, file: string): Table {
  try {
    return parse(text);
  } catch (error) {
    // The rest of the message, and the error itself, quote the file.
    const [reason = ''] = error instanceof TomlError ? error.message.split('\n') : [];
    const line = error instanceof TomlError ? error.line : 1;
    throw new RegistryError('INVALID', `${file}:${line}: ${reason || 'not TOML'}`);
  }
}

function hostEntry(server: string | undefined, table: Table, section: Section): HostEntry {
  const unknown = Object.keys(table).find((key) => !KEYS.includes(key));
  if (unknown !== undefined)
    throw invalid(section, unknown, `is not a key here; known are ${KEYS.join(', ')}`);
  const overridePath = booleanOf(table, 'override_path', section) ?? false;
  return {
    url: server === undefined || server === '' ? undefined : endpointOf(server, overridePath, section),
    capabilities: capabilitiesOf(table, section),
    headers: headersOf(table, section),
    caPaths: stringsOf(table, 'ca', section).map((path) => absolute(path, section)),
    clientPaths: clientPathsOf(table, section),
    skipVerify: booleanOf(table, 'skip_verify', section),
    dialTimeoutMs: durationOf(table, 'dial_timeout', section),
    rewrites: rewritesOf(table, section),
  };
}

/** `/v2` belongs to the address unless `override_path` says that the path is the whole root. */
function endpointOf(server: string, overridePath: boolean, section: Section): URL {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(server) ? server : `https://${server}`);
  const plain =
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    `${url.username}${url.password}${url.search}${url.hash}` === '';
  if (!plain)
    throw invalid(
      section,
      section.table === undefined ? 'server' : undefined,
      'must be an address like https://mirror.example:5000',
    );
  const path = url.pathname.replace(/\/+$/, '');
  url.pathname = overridePath || path.endsWith('/v2') ? path : `${path}/v2`;
  return url;
}

function capabilitiesOf(table: Table, section: Section): HostCapability[] {
  if (table['capabilities'] === undefined) return ['pull', 'resolve', 'push'];
  const named = stringsOf(table, 'capabilities', section).map((capability) => capability.toLowerCase());
  if (named.some((capability) => !['pull', 'resolve', 'push'].includes(capability)))
    throw invalid(section, 'capabilities', 'may hold "pull", "resolve" and "push"');
  // As in containerd, an empty list means all.
  return (['pull', 'resolve', 'push'] as const).filter(
    (capability) => named.length === 0 || named.includes(capability),
  );
}

function headersOf(table: Table, section: Section): Record<string, string | readonly string[]> {
  const header = table['header'] ?? {};
  if (!isTable(header)) throw invalid(section, 'header', 'must be a table of strings');
  return Object.fromEntries(
    Object.keys(header).map((name) => {
      if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name))
        throw invalid(section, name, 'is not the name of a header');
      const values = stringsOf(header, name, section);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these may not be in a header
      if (values.some((value) => /[\x00-\x08\x0a-\x1f\x7f]|[^\x00-\xff]/.test(value)))
        throw invalid(section, name, 'holds a character that may not be in a header');
      return [name, values];
    }),
  );
}

/** The order of the file counts; k3s's is that of a Go map, which is none. */
function rewritesOf(table: Table, section: Section): RepositoryRewrite[] {
  const rewrite = table['rewrite'] ?? {};
  if (!isTable(rewrite)) throw invalid(section, 'rewrite', 'must be a table of strings');
  return Object.entries(rewrite).map(([pattern, template]) => {
    if (typeof template !== 'string') throw invalid(section, pattern, 'must be a string');
    const compiled = compileRewrite(pattern, template);
    if (compiled === undefined) throw invalid(section, pattern, 'is not a regular expression');
    return compiled;
  });
}

/** One path with both, a list of such, or a list of pairs of certificate and key. */
function clientPathsOf(table: Table, section: Section): HostEntry['clientPaths'] {
  const client = table['client'];
  if (!Array.isArray(client)) return stringsOf(table, 'client', section).map((path) => both(path, section));
  return client.map((item: unknown) => {
    if (typeof item === 'string') return both(item, section);
    const [cert, key, more] = Array.isArray(item) ? (item as unknown[]) : [];
    if (typeof cert !== 'string' || typeof key !== 'string' || more !== undefined)
      throw invalid(section, 'client', 'must hold paths, or pairs of paths [certificate, key]');
    return { cert: absolute(cert, section), key: absolute(key, section) };
  });
}

function both(path: string, section: Section): { cert: string; key: string } {
  return { cert: absolute(path, section), key: absolute(path, section) };
}

function durationOf(table: Table, key: string, section: Section): number | undefined {
  const value = table[key];
  if (value === undefined || value === '') return undefined;
  const durationMs = typeof value === 'string' ? parseGoDuration(value) : undefined;
  if (durationMs === undefined || durationMs <= 0)
    throw invalid(section, key, 'must be a duration like "10s" or "1m30s"');
  return durationMs;
}

function booleanOf(table: Table, key: string, section: Section): boolean | undefined {
  const value = table[key];
  if (value !== undefined && typeof value !== 'boolean') throw invalid(section, key, 'must be true or false');
  return value;
}

/** A string stands for a list of one. */
function stringsOf(table: Table, key: string, section: Section): string[] {
  const value = table[key] ?? [];
  const list: unknown[] = Array.isArray(value) ? value : [value];
  if (!list.every((item) => typeof item === 'string'))
    throw invalid(section, key, 'must be a string or a list of strings');
  return list as string[];
}

function absolute(path: string, { file }: Section): string {
  return resolve(dirname(file), path);
}

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function invalid(section: Section, key: string | undefined, problem: string): RegistryError {
  const { text, file, table } = section;
  const what = [
    table === undefined ? undefined : `[host."${table}"]`,
    key === undefined ? undefined : `'${key}'`,
  ];
  const where = `${file}:${lineOfKey(text, table, key)}`;
  return new RegistryError(
    'INVALID',
    `${where}: ${what.filter((part) => part !== undefined).join(' ')} ${problem}`,
  );
}
