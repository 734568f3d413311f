import type { RegistryHost } from '../hosts/registry-host.ts';
import type { Subject } from '../http/describe-subject.ts';

/**
 * The address of an object at an endpoint. A mirror is told which registry is meant with `ns`.
 * Source: distribution-spec 1.1 section "Pull"; containerd core/remotes/docker/resolver.go, addNamespace.
 *
 * @param path below the repository: 'blobs/sha256:...'
 */
export function endpointUrl(host: RegistryHost, subject: Subject, path: string): URL {
  const url = new URL(host.baseUrl);
  url.pathname = `${url.pathname.replace(/\/$/, '')}/${subject.repository}/${path}`;
  if (isMirror(host, subject.registry)) url.searchParams.set('ns', subject.registry);
  return url;
}

function isMirror({ baseUrl }: RegistryHost, registry: string): boolean {
  const ofDockerHub = registry === 'docker.io' && baseUrl.host === 'registry-1.docker.io';
  return baseUrl.host !== registry && !ofDockerHub;
}
