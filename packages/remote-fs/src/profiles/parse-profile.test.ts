import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RemoteFsError } from '../remote-fs-error.ts';
import { parseProfile } from './parse-profile.ts';
import type { Profile } from './profile.ts';

const profile: Profile = {
  version: 1,
  image: `sha256:${'1'.repeat(64)}`,
  reference: 'example.org/app:1',
  recordedAt: '2026-01-02T03:04:05.678Z',
  layers: { [`sha256:${'2'.repeat(64)}`]: [[0, 100]] },
};

describe('parseProfile', () => {
  it.each([
    ['no JSON', '{'],
    ['another version', { ...profile, version: 2 }],
    ['no image', { ...profile, image: '' }],
    ['no layers', { ...profile, layers: [] }],
    ['a layer that is none', { ...profile, layers: { 'sha256:../..': [] } }],
    ['a range that is none', { ...profile, layers: { [`sha256:${'2'.repeat(64)}`]: [[-1, 5]] } }],
  ])('refuses %s, and says where it came from', (_, value) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    expect(() => parseProfile(text, 'a.json')).toThrow(expect.objectContaining({ code: 'PROFILE_INVALID' }));
    expect(() => parseProfile(text, 'a.json')).toThrow(/^a.json is not a profile/);
  });

  it('gives a profile or an error, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        try {
          parseProfile(text, 'text');
        } catch (error) {
          expect(error).toBeInstanceOf(RemoteFsError);
        }
      }),
    );
  });
});
