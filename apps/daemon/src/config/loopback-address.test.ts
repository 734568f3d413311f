import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLoopbackAddress } from './loopback-address.ts';

describe('parseLoopbackAddress', () => {
  it.each([
    ['127.0.0.1:9464', { host: '127.0.0.1', port: 9464 }],
    ['127.1.2.3:0', { host: '127.1.2.3', port: 0 }],
    ['[::1]:65535', { host: '::1', port: 65_535 }],
    ['localhost:80', { host: 'localhost', port: 80 }],
  ])('reads %s', (text, address) => {
    expect(parseLoopbackAddress(text)).toEqual(address);
  });

  it.each([
    '',
    '9464',
    ':9464',
    '0.0.0.0:9464',
    '192.168.0.1:9464',
    '127.0.0.1',
    '127.0.0.1:65536',
    '127.0.0.1:-1',
    '127.evil.example:80',
    '127.0.0.1.example.org:80',
    '::1:9464',
    '[::]:9464',
    '[127.0.0.1]:80',
    'localhost.example.org:80',
    ' localhost:80',
  ])('refuses %j', (text) => {
    expect(parseLoopbackAddress(text)).toBeUndefined();
  });

  it('refuses every other IPv4 address', () => {
    const foreign = fc.ipV4().filter((host) => !host.startsWith('127.'));
    fc.assert(
      fc.property(foreign, (host) => {
        expect(parseLoopbackAddress(`${host}:80`)).toBeUndefined();
      }),
    );
  });
});
