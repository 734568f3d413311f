import { isIPv4 } from 'node:net';

/** An address of this machine that no other machine reaches. */
export interface LoopbackAddress {
  readonly host: string;
  readonly port: number;
}

/** Reads '127.0.0.1:9464', '[::1]:9464' or 'localhost:9464'; undefined for anything else. Port 0 takes a free one. */
export function parseLoopbackAddress(text: string): LoopbackAddress | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  const host = bracketed ?? plain ?? '';
  const isLoopback =
    bracketed === undefined
      ? host === 'localhost' || (isIPv4(host) && host.startsWith('127.'))
      : bracketed === '::1';
  return isLoopback && port <= 65_535 ? { host, port } : undefined;
}
