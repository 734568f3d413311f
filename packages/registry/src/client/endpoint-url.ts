import type { RegistryHost } from '../hosts/registry-host.ts';
import type { Endpoint } from './endpoint.ts';

/**
 * The address of an object at an endpoint. A mirror is told which registry is meant with `ns`.
 * Source: distribution-spec 1.1 section "Pull"; containerd core/remotes/docker/resolver.go, addNamespace.
 *
 * @param path below the repository: 'blobs/sha256:...'
 */
export function endpointUrl({ host, repository, registry }: Endpoint, path: string): URL {
  const url = new URL(host.baseUrl);
  url.pathname = `${url.pathname.replace(/\/$/, '')}/${repository}/${path}`;
  if (isMirror(host, registry)) url.searchParams.set('ns', registry);
  return url;
}

function isMirror({ baseUrl }: RegistryHost, registry: string): boolean {
  const ofDockerHub = registry === 'docker.io' && baseUrl.host === 'registry-1.docker.io';
  return baseUrl.host !== registry && !ofDockerHub;
}
