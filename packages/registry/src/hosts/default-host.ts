import { RegistryError } from '../registry-error.ts';
import { isLoopbackHost } from './is-loopback-host.ts';
import type { HostTls, RegistryHost } from './registry-host.ts';

/** What a configuration that does not name a server may still say of it. */
export interface DefaultHostSettings {
  readonly tls?: HostTls;
  readonly headers?: RegistryHost['headers'];
  readonly capabilities?: RegistryHost['capabilities'];
  readonly dialTimeoutMs?: number | undefined;
  readonly rewrites?: RegistryHost['rewrites'];
}

/**
 * The endpoint of a registry that no configuration names, by containerd's rules: HTTPS, save that a loopback
 * host's certificate is not checked, and that it may speak plain HTTP on any port but 443.
 * Source: containerd core/remotes/docker/config/hosts.go, ConfigureHosts.
 *
 * @throws RegistryError INVALID where `host` is not a host with an optional port
 */
export function defaultHost(host: string, settings: DefaultHostSettings = {}): RegistryHost {
  const origin = originOf(host);
  const loopback = isLoopbackHost(origin.hostname);
  if (loopback && origin.port === '80') origin.protocol = 'http:';
  const tls = loopback
    ? { ...settings.tls, skipVerify: settings.tls?.skipVerify ?? !settings.tls?.ca }
    : settings.tls;
  return {
    baseUrl: new URL('/v2', origin),
    capabilities: settings.capabilities ?? ['pull', 'resolve', 'push'],
    headers: settings.headers ?? {},
    tls: tls ?? {},
    plainHttpFallback: loopback && origin.protocol === 'https:' && origin.port !== '',
    dialTimeoutMs: settings.dialTimeoutMs,
    rewrites: settings.rewrites,
  };
}

function originOf(host: string): URL {
  const named = host === 'docker.io' ? 'registry-1.docker.io' : host;
  const url = URL.parse(`https://${named}/`);
  const plain = url !== null && url.pathname === '/' && url.username === '' && !/[/?#@\\\s]|^\.+$/.test(host);
  if (!plain) throw new RegistryError('INVALID', `'${host}' is not a registry host; write host or host:port`);
  return url;
}
