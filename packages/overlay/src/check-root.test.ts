import { describe, expect, it } from 'vitest';
import { checkRootPath } from './check-root.ts';

describe('checkRootPath', () => {
  it.each(['/var/lib/sluice', '/data/ä-é_1.2', '/'])('takes %s', (root) => {
    expect(() => checkRootPath(root)).not.toThrow();
  });

  it.each(['/a:b', '/a,b', '/a\\b', '/a b', '/a"b', '/a\nb'])(
    'refuses %j and shows the character',
    (root) => {
      expect(() => checkRootPath(root)).toThrow(
        expect.objectContaining({
          name: 'OverlayError',
          code: 'UNSUITABLE_ROOT',
          message: expect.stringContaining(JSON.stringify(root[2])),
        }),
      );
    },
  );

  it('refuses relative paths', () => {
    expect(() => checkRootPath('var/lib')).toThrow(/absolute/);
  });

  it('refuses paths that leave no room for the other mount options, measured in bytes', () => {
    expect(() => checkRootPath(`/${'a'.repeat(1023)}`)).not.toThrow();
    expect(() => checkRootPath(`/${'ä'.repeat(512)}`)).toThrow(/1025 bytes.*1024/);
  });
});
