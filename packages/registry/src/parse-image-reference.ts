import type { ImageReference } from './image-reference.ts';
import { digestAlgorithm, isRepositoryName, isTag } from './names.ts';
import { RegistryError } from './registry-error.ts';

const LABEL = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const HOST = new RegExp(`^(?:${LABEL}(?:\\.${LABEL})*|\\[[0-9a-fA-F:]+\\])(?::[0-9]{1,5})?$`);
const MAX_NAME_LENGTH = 255;

/**
 * Reads an image reference with Docker's short forms: `python` is docker.io/library/python:latest. The first part
 * is a host if it has a dot or a colon, is `localhost`, or has a capital letter.
 * Source: github.com/distribution/reference, ParseNormalizedNamed.
 *
 * @param text 'python:3.13', 'ghcr.io/owner/app@sha256:...', '127.0.0.1:5000/a/b'
 * @returns with a tag or a digest or both; `latest` where the text has neither
 * @throws RegistryError INVALID
 */
export function parseImageReference(text: string): ImageReference {
  const [named, digest] = splitOnce(text, text.indexOf('@'));
  const [name, tag] = splitOnce(named, tagColon(named));
  const { host, repository } = splitHost(name);
  const valid =
    HOST.test(host) &&
    isRepositoryName(repository) &&
    host.length + 1 + repository.length <= MAX_NAME_LENGTH &&
    (tag === undefined || isTag(tag)) &&
    (digest === undefined || digestAlgorithm(digest) !== undefined);
  if (!valid)
    throw new RegistryError(
      'INVALID',
      `'${text}' is not an image reference; write host/name:tag or host/name@sha256:…`,
    );
  return {
    host,
    repository,
    ...(tag !== undefined ? { tag } : digest === undefined ? { tag: 'latest' } : {}),
    ...(digest !== undefined ? { digest } : {}),
  };
}

/** The colon that begins a tag: one after the last slash, as a host's port is before it. */
function tagColon(named: string): number {
  const colon = named.lastIndexOf(':');
  return colon > named.lastIndexOf('/') ? colon : -1;
}

function splitOnce(text: string, at: number): [string, string | undefined] {
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function splitHost(name: string): { host: string; repository: string } {
  const [first, rest] = splitOnce(name, name.indexOf('/'));
  const isHost =
    rest !== undefined && (/[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase());
  const host = isHost ? first : 'docker.io';
  const repository = isHost ? rest : name;
  const hub = host === 'docker.io' || host === 'index.docker.io';
  return hub
    ? { host: 'docker.io', repository: repository.includes('/') ? repository : `library/${repository}` }
    : { host, repository };
}
