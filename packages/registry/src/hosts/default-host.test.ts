import { describe, expect, test } from 'vitest';
import { defaultHost } from './default-host.ts';

describe('defaultHost', () => {
  test.each<[string, string, { skipVerify: boolean; plainHttpFallback: boolean }]>([
    ['ghcr.io', 'https://ghcr.io/v2', { skipVerify: false, plainHttpFallback: false }],
    ['docker.io', 'https://registry-1.docker.io/v2', { skipVerify: false, plainHttpFallback: false }],
    [
      'registry.example:5000',
      'https://registry.example:5000/v2',
      { skipVerify: false, plainHttpFallback: false },
    ],
    ['10.0.0.1:5000', 'https://10.0.0.1:5000/v2', { skipVerify: false, plainHttpFallback: false }],
    ['localhost', 'https://localhost/v2', { skipVerify: true, plainHttpFallback: false }],
    ['localhost:443', 'https://localhost/v2', { skipVerify: true, plainHttpFallback: false }],
    ['localhost:5000', 'https://localhost:5000/v2', { skipVerify: true, plainHttpFallback: true }],
    ['127.0.0.1:5000', 'https://127.0.0.1:5000/v2', { skipVerify: true, plainHttpFallback: true }],
    ['127.8.9.1:5000', 'https://127.8.9.1:5000/v2', { skipVerify: true, plainHttpFallback: true }],
    ['[::1]:5000', 'https://[::1]:5000/v2', { skipVerify: true, plainHttpFallback: true }],
    ['127.0.0.1:80', 'http://127.0.0.1/v2', { skipVerify: true, plainHttpFallback: false }],
    [
      '127.evil.example:5000',
      'https://127.evil.example:5000/v2',
      { skipVerify: false, plainHttpFallback: false },
    ],
    [
      'localhost.evil.example:5000',
      'https://localhost.evil.example:5000/v2',
      { skipVerify: false, plainHttpFallback: false },
    ],
  ])('of %s is %s', (host, url, { skipVerify, plainHttpFallback }) => {
    const found = defaultHost(host);
    expect(found.baseUrl.href).toBe(url);
    expect(found.tls.skipVerify ?? false).toBe(skipVerify);
    expect(found.plainHttpFallback).toBe(plainHttpFallback);
    expect(found.capabilities).toEqual(['pull', 'resolve', 'push']);
  });

  test('checks the certificate of a loopback registry whose authority is configured', () => {
    expect(defaultHost('127.0.0.1:5000', { tls: { ca: ['PEM'] } }).tls).toEqual({
      ca: ['PEM'],
      skipVerify: false,
    });
  });

  test.each(['', '..', '.', 'a/b', 'user@host', 'a b', 'host:port', 'host:99999', 'a?b', 'a#b', 'a\\b'])(
    'refuses %j',
    (host) => {
      expect(() => defaultHost(host)).toThrow(expect.objectContaining({ code: 'INVALID' }));
    },
  );
});
