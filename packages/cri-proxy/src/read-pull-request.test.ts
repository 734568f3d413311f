import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pullMessage } from '../test/pull-message.ts';
import { readPullRequest } from './read-pull-request.ts';

const NONE = {
  username: '',
  password: '',
  auth: '',
  serverAddress: '',
  identityToken: '',
  registryToken: '',
};

describe('readPullRequest', () => {
  test('finds image and credentials, whatever else is there', () => {
    const fields = { username: 'me', password: 'p', serverAddress: 'r.example' };
    expect(readPullRequest(pullMessage({ image: 'r.example/a:v1', ...fields }))).toEqual({
      image: 'r.example/a:v1',
      auth: { ...NONE, ...fields },
    });
    const others = { auth: 'bWU6cA==', identityToken: 'i', registryToken: 'r' };
    expect(readPullRequest(pullMessage({ image: 'a', ...others }))?.auth).toEqual({ ...NONE, ...others });
  });

  test('knows an anonymous pull', () => {
    expect(readPullRequest(pullMessage({ image: 'a' }))).toEqual({ image: 'a', auth: undefined });
    expect(readPullRequest(new Uint8Array(0))).toEqual({ image: '', auth: undefined });
  });

  test('reads bytes written by hand', () => {
    // image: field 1, 3 bytes (field 1, 1 byte, 'a'); auth: field 2, 6 bytes (field 1 'u', field 2 'p').
    const bytes = Buffer.from('0a030a016112060a0175120170', 'hex');
    expect(readPullRequest(bytes)).toEqual({ image: 'a', auth: { ...NONE, username: 'u', password: 'p' } });
  });

  test.each([
    ['half a message', pullMessage({ image: 'r.example/a', username: 'me' }).subarray(0, 9)],
    ['a wrong wire type', Buffer.from([0x0f, 1, 2])],
    ['text that is not UTF-8', Buffer.from([0x0a, 3, 0x0a, 1, 0xff])],
  ])('gives nothing for %s', (_name, bytes) => {
    expect(readPullRequest(bytes)).toBeUndefined();
  });

  test('of any bytes gives something or nothing, and what was written comes back', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void readPullRequest(bytes)));
    const words = fc.record({ image: fc.string(), username: fc.string(), password: fc.string() });
    fc.assert(
      fc.property(words, ({ image, username, password }) => {
        const read = readPullRequest(pullMessage({ image, username, password }));
        expect(read).toEqual({ image, auth: { ...NONE, username, password } });
      }),
    );
  });
});
