import { BlockList, isIP } from 'node:net';
import { isLoopbackHost } from '../hosts/is-loopback-host.ts';
import { RegistryError } from '../registry-error.ts';

/**
 * Says which proxy a request to an address goes through.
 *
 * @returns the proxy's address, with its user and password if it has them; undefined for none
 */
export type ProxyRule = (url: URL) => URL | undefined;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxies that an environment names: HTTP_PROXY for http, HTTPS_PROXY for https, and NO_PROXY for the hosts that
 * are asked directly, upper case before lower case. Loopback hosts are always asked directly. NO_PROXY is a list,
 * separated by commas, of host names (which stand for what is below them too), names with a leading dot (which stand
 * only for what is below), addresses and networks, each with a port if it is meant for that only; `*` is everything.
 * Source: golang.org/x/net/http/httpproxy, which containerd uses.
 *
 * @throws RegistryError INVALID where a proxy is no address; the message does not quote it
 */
export function createProxyRule(environment: Environment): ProxyRule {
  const setting = (name: string) => environment[name] || environment[name.toLowerCase()] || '';
  const proxies: Readonly<Record<string, URL | undefined>> = {
    'http:': proxyOf('HTTP_PROXY', setting('HTTP_PROXY')),
    'https:': proxyOf('HTTPS_PROXY', setting('HTTPS_PROXY')),
  };
  const exceptions = setting('NO_PROXY')
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== '')
    .map(exceptionOf);
  return (url) => {
    const proxy = proxies[url.protocol];
    if (proxy === undefined || isLoopbackHost(url.hostname)) return undefined;
    const hostname = url.hostname
      .toLowerCase()
      .replace(/^\[(.*)\]$/, '$1')
      .replace(/\.$/, '');
    const port = url.port || (url.protocol === 'https:' ? '443' : '80');
    return exceptions.some((isException) => isException(hostname, port)) ? undefined : proxy;
  };
}

const SCHEMES = /^(https?|socks5):$/;

function proxyOf(name: string, value: string): URL | undefined {
  if (value === '') return undefined;
  const url = URL.parse(/^[a-z0-9]+:\/\//i.test(value) ? value : `http://${value}`);
  if (url !== null && SCHEMES.test(url.protocol) && url.hostname !== '') return url;
  throw new RegistryError(
    'INVALID',
    `${name} is not the address of a proxy; write http://proxy.example:3128`,
  );
}

type Exception = (hostname: string, port: string) => boolean;

function exceptionOf(entry: string): Exception {
  if (entry === '*') return () => true;
  const network = networkOf(entry);
  if (network !== undefined) return network;
  const [, bracketed, plain = '', port] =
    /^(?:\[(.*)\]|([^:]*|[^[]*:[^[]*:[^[]*))(?::(\d+))?$/.exec(entry) ?? [];
  const host = bracketed ?? plain;
  const name = host.replace(/^\*(?=\.)/, '');
  const matches = (hostname: string) =>
    isIP(name) !== 0
      ? isIP(hostname) !== 0 && networkOf(`${name}/${isIP(name) === 4 ? 32 : 128}`)?.(hostname, '') === true
      : hostname === name || hostname.endsWith(name.startsWith('.') ? name : `.${name}`);
  return (hostname, asked) => name !== '' && (port === undefined || port === asked) && matches(hostname);
}

/** 10.0.0.0/8, fd00::/8 */
function networkOf(entry: string): Exception | undefined {
  const [, address = '', bits = ''] = /^([0-9a-f.:]+)\/(\d{1,3})$/.exec(entry) ?? [];
  const family = isIP(address);
  if (family === 0 || Number(bits) > (family === 4 ? 32 : 128)) return undefined;
  const list = new BlockList();
  list.addSubnet(address, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
  return (hostname) => {
    const asked = isIP(hostname);
    return asked !== 0 && list.check(hostname, asked === 4 ? 'ipv4' : 'ipv6');
  };
}
