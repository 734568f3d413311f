import type { Profile } from '@sluice/remote-fs';

/** A profile of an image whose digest is made of that hexadecimal digit. */
export function profileOf(digit: string, changes: Partial<Profile> = {}): Profile {
  return {
    version: 1,
    image: `sha256:${digit.repeat(64)}`,
    reference: `example.org/app:${digit}`,
    recordedAt: '2026-01-02T03:04:05.678Z',
    layers: {
      [`sha256:${'a'.repeat(64)}`]: [
        [5000, 1000],
        [0, 100],
      ],
      [`sha256:${'b'.repeat(64)}`]: [[7, 1]],
    },
    ...changes,
  };
}
