import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RegistryError } from '../registry-error.ts';
import { parseHostsToml } from './parse-hosts-toml.ts';

const FILE = '/etc/certs.d/docker.io/hosts.toml';
const urls = (text: string) => parseHostsToml(text, FILE).map(({ url }) => url?.href);
const problem = (text: string): string => {
  try {
    parseHostsToml(text, FILE);
  } catch (error) {
    if (error instanceof RegistryError && error.code === 'INVALID') return error.message;
    throw error;
  }
  throw new Error('it was accepted');
};

describe('parseHostsToml', () => {
  test('gives the hosts in the order of the file, and the server last', () => {
    const text = `
      server = "https://registry-1.docker.io"
      [host."https://z.example"]
      [host."http://a.example:5000"]
        capabilities = ["pull"]
        [host."http://a.example:5000".header]
          x-one = "1"
      [host."https://m.example/path"]
    `;
    expect(urls(text)).toEqual([
      'https://z.example/v2',
      'http://a.example:5000/v2',
      'https://m.example/path/v2',
      'https://registry-1.docker.io/v2',
    ]);
  });

  test('leaves the server open where there is none, and reads its settings', () => {
    const [only] = parseHostsToml('skip_verify = true\n[header]\nA = ["1", "2"]\nB = "3"', FILE);
    expect(only).toMatchObject({ url: undefined, skipVerify: true, headers: { A: ['1', '2'], B: ['3'] } });
  });

  test.each<[string, string]>([
    ['server = "mirror.example"', 'https://mirror.example/v2'],
    ['server = "http://mirror.example:80/"', 'http://mirror.example/v2'],
    ['server = "https://mirror.example/v2/"', 'https://mirror.example/v2'],
    ['server = "https://mirror.example/a/b/"', 'https://mirror.example/a/b/v2'],
    ['server = "https://mirror.example/a"\noverride_path = true', 'https://mirror.example/a'],
    ['server = "https://mirror.example"\noverride_path = true', 'https://mirror.example/'],
  ])('reads %s as %s', (text, url) => {
    expect(urls(text)).toEqual([url]);
  });

  test('reads capabilities as containerd does', () => {
    const of = (list: string) => parseHostsToml(`capabilities = ${list}`, FILE)[0]?.capabilities;
    expect(of('["pull"]')).toEqual(['pull']);
    expect(of('["Resolve", "push"]')).toEqual(['resolve', 'push']);
    expect(of('["push"]')).toEqual(['push']);
    expect(of('[]')).toEqual(['pull', 'resolve', 'push']);
  });

  test('finds certificates beside the file', () => {
    const [only] = parseHostsToml(
      'ca = ["ca.pem", "/abs/ca.pem"]\nclient = [["c.cert", "c.key"], "both.pem"]',
      FILE,
    );
    expect(only?.caPaths).toEqual(['/etc/certs.d/docker.io/ca.pem', '/abs/ca.pem']);
    expect(only?.clientPaths).toEqual([
      { cert: '/etc/certs.d/docker.io/c.cert', key: '/etc/certs.d/docker.io/c.key' },
      { cert: '/etc/certs.d/docker.io/both.pem', key: '/etc/certs.d/docker.io/both.pem' },
    ]);
    expect(parseHostsToml('client = "one.pem"', FILE)[0]?.clientPaths).toHaveLength(1);
  });

  test('reads dial_timeout', () => {
    expect(parseHostsToml('dial_timeout = "1m30s"', FILE)[0]?.dialTimeoutMs).toBe(90_000);
  });

  test.each<[string, string]>([
    [
      'server = "https://a"\n\nskipverify = true',
      `${FILE}:3: 'skipverify' is not a key here; known are capabilities, ca, client, skip_verify, header, override_path, dial_timeout, rewrite`,
    ],
    ['[host."https://a"]\nfoo = 1', `${FILE}:2: [host."https://a"] 'foo' is not a key here; known are`],
    ['foo = 1\n[host."https://a"]\n\nfoo = 1', `${FILE}:4: [host."https://a"] 'foo' is not a key`],
    ['rewrite = "a"', `${FILE}:1: 'rewrite' must be a table of strings`],
    ['[host."https://a".rewrite]\n"^x" = 1', `${FILE}:2: [host."https://a"] '^x' must be a string`],
    [
      '[host."https://a".rewrite]\n"(" = "y"',
      `${FILE}:2: [host."https://a"] '(' is not a regular expression`,
    ],
    ['\nserver = 5', `${FILE}:2: 'server' must be a string`],
    ['server = "ftp://a"', `${FILE}:1: 'server' must be an address like https://mirror.example:5000`],
    ['server = "https://user:secret@a"', `${FILE}:1: 'server' must be an address`],
    ['\n[host."https://a?b"]', `${FILE}:2: [host."https://a?b"] must be an address`],
    ['host = 5', `${FILE}:1: 'host' must be a table`],
    ['[host]\n"https://a" = 5', `${FILE}:2: [host."https://a"] must be a table`],
    ['capabilities = ["pull", "delete"]', `${FILE}:1: 'capabilities' may hold "pull", "resolve" and "push"`],
    ['capabilities = "pull, resolve"', `${FILE}:1: 'capabilities' may hold`],
    ['skip_verify = "yes"', `${FILE}:1: 'skip_verify' must be true or false`],
    ['ca = 5', `${FILE}:1: 'ca' must be a string or a list of strings`],
    ['ca = ["a", 5]', `${FILE}:1: 'ca' must be a string or a list of strings`],
    ['client = [["a"]]', `${FILE}:1: 'client' must hold paths, or pairs of paths [certificate, key]`],
    ['client = [["a", "b", "c"]]', `${FILE}:1: 'client' must hold paths`],
    ['client = true', `${FILE}:1: 'client' must be a string or a list of strings`],
    ['[header]\nAuthorization = 5', `${FILE}:2: 'Authorization' must be a string or a list of strings`],
    ['[header]\n"a b" = "c"', `${FILE}:2: 'a b' is not the name of a header`],
    ['[header]\na = "b\\r\\nc: d"', `${FILE}:2: 'a' holds a character that may not be in a header`],
    ['dial_timeout = "soon"', `${FILE}:1: 'dial_timeout' must be a duration like "10s" or "1m30s"`],
    ['dial_timeout = 5', `${FILE}:1: 'dial_timeout' must be a duration`],
  ])('refuses %j with file and line', (text, message) => {
    expect(problem(text)).toContain(message);
  });

  test('refuses what is not TOML with file and line, and quotes nothing of it', () => {
    const message = problem('server = "https://a"\n[header]\nAuthorization = "Bearer very-secret\n');
    expect(message).toMatch(new RegExp(`^${FILE}:\\d+: `));
    expect(message).not.toContain('very-secret');
  });

  test('of any text gives entries or a RegistryError', () => {
    const line = fc.constantFrom(
      'server = "https://a.example"',
      '[host."https://b.example"]',
      '[host."https://b.example".header]',
      'x = "y"',
      'skip_verify = true',
      'ca = []',
      'client = [[]]',
      'capabilities = ["pull"]',
      'override_path = 1',
      '[[host]]',
      'dial_timeout = 1979-05-27',
      'header = []',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(line, { maxLength: 6 }).map((lines) => lines.join('\n')),
        ),
        (text) => {
          try {
            expect(parseHostsToml(text, FILE).length).toBeGreaterThan(0);
          } catch (error) {
            expect(error).toMatchObject({
              code: 'INVALID',
              message: expect.stringMatching(/^\/etc.*hosts\.toml:\d+: /),
            });
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});
