import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { RegistryError } from '../registry-error.ts';
import { askCredentialHelper } from './ask-credential-helper.ts';
import type { CredentialSource } from './credential-source.ts';
import { type DockerConfig, parseDockerConfig } from './parse-docker-config.ts';

export interface DockerConfigOptions {
  /** The file. Default: config.json in $DOCKER_CONFIG, or else in ~/.docker. */
  readonly path?: string;
}

/**
 * Credentials that `docker login` left, or a program that the file names. The file is read again when it has
 * changed; where it does not exist there are no credentials.
 */
export function createDockerConfigCredentials(options: DockerConfigOptions = {}): CredentialSource {
  const path =
    options.path ?? join(process.env['DOCKER_CONFIG'] || join(homedir(), '.docker'), 'config.json');
  let read: { readonly version: string; readonly config: DockerConfig } | undefined;
  const current = async (): Promise<DockerConfig | undefined> => {
    const found = await stat(path, { bigint: true }).catch(() => undefined);
    if (found === undefined) return undefined;
    const version = `${found.ino}:${found.size}:${found.mtimeNs}:${found.ctimeNs}`;
    if (read?.version !== version) read = { version, config: parseDockerConfig(await readText(path), path) };
    return read.config;
  };
  return {
    get: async (host, { signal } = {}) => {
      const config = await current();
      const helper = config?.helperFor(host);
      const fromHelper = helper === undefined ? undefined : await askCredentialHelper(helper, host, signal);
      return fromHelper ?? config?.credentialFor(host);
    },
  };
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw new RegistryError('INVALID', `${path}: cannot be read`, { cause });
  });
}
