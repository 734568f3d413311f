import { Readable } from 'node:stream';
import { pullSecret } from '@sluice/testkit/kubernetes';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonLines } from './json-lines.ts';
import { readPullSecret } from './read-pull-secret.ts';

const account = { username: 'u', password: 'p' };
const stored = (secret: object) => ({ ...secret, metadata: { uid: '1' } });

describe('readPullSecret', () => {
  it.each([
    ['https://index.docker.io/v1/', 'docker.io'],
    ['registry.example:5000', 'registry.example:5000'],
    ['https://registry.example/v2/', 'registry.example'],
    ['registry.example/team/', 'registry.example/team'],
  ])('takes the key %s for images of %s', (key, pattern) => {
    const secret = readPullSecret(stored(pullSecret('a', { [key]: account })));
    expect([...(secret?.auths ?? [])]).toEqual([[pattern, { kind: 'basic', ...account }]]);
  });

  it('leaves out what is no credential', () => {
    const data = Buffer.from('{"auths":{"a":{},"b":7,"c":{"auth":"no base64 of a pair"}}}').toString(
      'base64',
    );
    const secret = { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': data } };
    expect(readPullSecret(stored(secret))?.auths.size).toBe(0);
    expect(readPullSecret(stored({ type: 'Opaque' }))).toBeUndefined();
  });

  it('reads or refuses anything, without an error', () => {
    const type = fc.constantFrom('kubernetes.io/dockerconfigjson', 'kubernetes.io/dockercfg', 'Opaque');
    const text = fc.oneof(fc.string(), fc.json()).map((some) => Buffer.from(some).toString('base64'));
    const data = fc.record({ '.dockerconfigjson': text, '.dockercfg': text });
    fc.assert(fc.property(type, data, (of, some) => void readPullSecret(stored({ type: of, data: some }))));
    fc.assert(fc.property(fc.anything(), (some) => void readPullSecret(some)));
  });
});

it('lines are what was sent, however the network cuts them', async () => {
  const values = fc.array(fc.jsonValue(), { maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(values, fc.integer({ min: 1, max: 50 }), async (sent, cut) => {
      const bytes = Buffer.from(sent.map((value) => `${JSON.stringify(value)}\n`).join(''));
      const pieces = Array.from({ length: Math.ceil(bytes.length / cut) }, (_, at) =>
        bytes.subarray(at * cut, (at + 1) * cut),
      );
      const read: unknown[] = [];
      for await (const value of jsonLines(Readable.from(pieces), 1 << 20)) read.push(value);
      expect(read).toEqual(JSON.parse(JSON.stringify(sent)));
    }),
  );
});
