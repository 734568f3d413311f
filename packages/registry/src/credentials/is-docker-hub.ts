/** Names of the one registry whose credentials Docker keeps under https://index.docker.io/v1/. */
const HUB_HOSTS: ReadonlySet<string> = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io']);

/**
 * Whether a host is Docker Hub, which has one name in references and another on the network.
 *
 * @param host host and port, without scheme or path
 */
export function isDockerHub(host: string): boolean {
  return HUB_HOSTS.has(host);
}
