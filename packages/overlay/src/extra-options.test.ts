import { describe, expect, it } from 'vitest';
import { extraOptions } from './extra-options.ts';

const none = { userxattr: false, index: false };
const all = { userxattr: true, index: true };

describe('extraOptions', () => {
  it('adds what the kernel needs after what is configured', () => {
    expect(extraOptions([], none)).toEqual([]);
    expect(extraOptions(['metacopy=on', 'nodev'], all)).toEqual([
      'metacopy=on',
      'nodev',
      'userxattr',
      'index=off',
    ]);
  });

  it('leaves alone what is configured already, whatever its value', () => {
    expect(extraOptions(['index=on', 'userxattr'], all)).toEqual(['index=on', 'userxattr']);
  });

  it.each(['lowerdir=/a', 'upperdir=/a', 'workdir=/a', 'lowerdir+=/a', 'datadir+=/a'])(
    'refuses %s',
    (option) => {
      expect(() => extraOptions([option], none)).toThrow(
        expect.objectContaining({ code: 'BAD_OPTIONS', message: expect.stringContaining(option) }),
      );
    },
  );

  it.each(['', 'a,b', 'x=1,lowerdir=/etc'])('refuses %j, which is not one option', (option) => {
    expect(() => extraOptions([option], none)).toThrow(/one option an entry/);
  });
});
