import { RegistryError } from '../registry-error.ts';
import { credentialOfAuth } from './credential-of-auth.ts';
import type { Credential } from './credential-source.ts';
import { isDockerHub } from './is-docker-hub.ts';

/** What a Docker config.json says of credentials. */
export interface DockerConfig {
  /** @param host host and port of an endpoint */
  credentialFor(host: string): Credential | undefined;
  /** The name after `docker-credential-` of the program to ask first; undefined for none. */
  helperFor(host: string): string | undefined;
}

type Table = Readonly<Record<string, unknown>>;

/**
 * Reads the parts `auths`, `credHelpers` and `credsStore` of a Docker config.json.
 * Source: docker/cli cli/config/configfile/file.go.
 *
 * @param file for messages
 * @throws RegistryError INVALID; the message holds nothing of the text, which is full of secrets
 */
export function parseDockerConfig(text: string, file: string): DockerConfig {
  const root = parseTable(text, file);
  const auths = Object.entries(tableOf(root['auths']));
  const helpers = Object.entries(tableOf(root['credHelpers']));
  const store = root['credsStore'];
  return {
    credentialFor: (host) => credentialOfAuth(entryFor(auths, host)),
    helperFor: (host) =>
      [entryFor(helpers, host), store].find((name) => typeof name === 'string' && name !== '') as
        | string
        | undefined,
  };
}

function parseTable(text: string, file: string): Table {
  try {
    const root: unknown = JSON.parse(text);
    if (isTable(root)) return root;
  } catch {
    // The parser's message quotes the text.
  }
  throw new RegistryError('INVALID', `${file}: not a JSON object; log in again, or mend it`);
}

/** Keys are hosts, or addresses with scheme and path. A key that is exactly the host wins. */
function entryFor(entries: readonly (readonly [string, unknown])[], host: string): unknown {
  const exact = entries.find(([key]) => key === host);
  const found = exact ?? entries.find(([key]) => sameRegistry(hostOfKey(key), host));
  return found?.[1];
}

function hostOfKey(key: string): string {
  return key.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
}

function sameRegistry(a: string, b: string): boolean {
  return a === b || (isDockerHub(a) && isDockerHub(b));
}

function tableOf(value: unknown): Table {
  return isTable(value) ? value : {};
}

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
