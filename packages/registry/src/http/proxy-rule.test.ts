import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RegistryError } from '../registry-error.ts';
import { createProxyRule } from './proxy-rule.ts';

const BOTH = { HTTP_PROXY: 'http://plain.example:3128', HTTPS_PROXY: 'https://tls.example' };
const proxyOf = (environment: Record<string, string>, url: string) =>
  createProxyRule(environment)(new URL(url))?.href;
const isDirect = (noProxy: string, url: string) => proxyOf({ ...BOTH, NO_PROXY: noProxy }, url) === undefined;

describe('a proxy rule', () => {
  test('sends each scheme to its own proxy, and without one nowhere', () => {
    expect(proxyOf(BOTH, 'http://r.example/')).toBe('http://plain.example:3128/');
    expect(proxyOf(BOTH, 'https://r.example/')).toBe('https://tls.example/');
    expect(proxyOf({ HTTP_PROXY: BOTH.HTTP_PROXY }, 'https://r.example/')).toBeUndefined();
    expect(proxyOf({}, 'https://r.example/')).toBeUndefined();
  });

  test('reads lower case where upper case is not set, and addresses without a scheme', () => {
    expect(proxyOf({ https_proxy: 'low.example:80' }, 'https://r.example/')).toBe('http://low.example/');
    expect(proxyOf({ HTTPS_PROXY: '', https_proxy: 'low.example' }, 'https://r.example/')).toBe(
      'http://low.example/',
    );
    expect(proxyOf({ ...BOTH, https_proxy: 'low.example' }, 'https://r.example/')).toBe(
      'https://tls.example/',
    );
  });

  test.each([
    'http://localhost:5000/',
    'https://127.0.0.1/',
    'http://127.9.9.9:5000/',
    'https://[::1]:5000/',
  ])('never sends %s to a proxy', (url) => {
    expect(proxyOf(BOTH, url)).toBeUndefined();
  });

  test.each<[string, string, boolean]>([
    ['*', 'https://r.example/', true],
    ['r.example', 'https://r.example/', true],
    ['r.example', 'https://a.r.example/', true],
    ['r.example', 'https://other.example/', false],
    ['r.example', 'https://notr.example/', false],
    ['R.Example', 'https://r.EXAMPLE./', true],
    ['.r.example', 'https://a.r.example/', true],
    ['.r.example', 'https://r.example/', false],
    ['*.r.example', 'https://a.r.example/', true],
    ['*.r.example', 'https://r.example/', false],
    [' a , r.example ', 'https://r.example/', true],
    ['r.example:443', 'https://r.example/', true],
    ['r.example:5000', 'https://r.example/', false],
    ['r.example:80', 'http://r.example/', true],
    ['10.0.0.0/8', 'https://10.1.2.3:5000/', true],
    ['10.0.0.0/8', 'https://11.1.2.3/', false],
    ['10.0.0.0/8', 'https://ten.example/', false],
    ['10.1.2.3', 'https://10.1.2.3/', true],
    ['10.1.2.3:5000', 'https://10.1.2.3:5000/', true],
    ['10.1.2.3:5000', 'https://10.1.2.3/', false],
    ['fd00::/8', 'https://[fd12::1]/', true],
    ['fd00::1', 'https://[fd00:0::1]:5000/', true],
    ['[fd00::1]:5000', 'https://[fd00::1]:5000/', true],
    ['[fd00::1]:5000', 'https://[fd00::1]/', false],
    ['', 'https://r.example/', false],
    [':443', 'https://r.example/', false],
    ['10.0.0.0/99', 'https://10.0.0.1/', false],
  ])('with NO_PROXY %j asks %s directly: %s', (noProxy, url, direct) => {
    expect(isDirect(noProxy, url)).toBe(direct);
  });

  test.each(['ftp://p.example', 'http://', 'http://secret@:80', 'a b'])(
    'refuses the proxy %j unquoted',
    (proxy) => {
      try {
        createProxyRule({ HTTPS_PROXY: proxy });
        throw new Error('it was accepted');
      } catch (error) {
        expect(error).toMatchObject({ code: 'INVALID' });
        expect((error as Error).message).toBe(
          'HTTPS_PROXY is not the address of a proxy; write http://proxy.example:3128',
        );
      }
    },
  );

  test('of any text gives an answer or a RegistryError', () => {
    const part = fc.constantFrom(
      'a.example',
      '.',
      '*',
      ':',
      '5000',
      '[',
      ']',
      '10.0.0.0',
      '/8',
      '::1',
      ',',
      ' ',
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(part).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, text, (proxy, noProxy) => {
        try {
          createProxyRule({ HTTPS_PROXY: proxy, NO_PROXY: noProxy })(new URL('https://a.example:5000/'));
        } catch (error) {
          expect(error).toBeInstanceOf(RegistryError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
