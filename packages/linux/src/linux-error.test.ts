import { constants } from 'node:os';
import { describe, expect, it } from 'vitest';
import { Errno, type ErrnoName, errnoName } from './errno.ts';
import { LinuxError } from './linux-error.ts';

describe('Errno', () => {
  it('agrees with Node on every number that Node knows', () => {
    const aliases = new Set(['EWOULDBLOCK', 'ENOTSUP', 'EDEADLOCK']);
    for (const [name, number] of Object.entries(constants.errno)) {
      if (!aliases.has(name)) expect([name, Errno[name as ErrnoName]]).toEqual([name, number]);
    }
  });

  it('gives every number one name', () => {
    const numbers = Object.values(Errno);
    expect(new Set(numbers).size).toBe(numbers.length);
    for (const name of Object.keys(Errno) as ErrnoName[]) expect(errnoName(Errno[name])).toBe(name);
  });
});

describe('LinuxError', () => {
  it('names the call, the subject and the error', () => {
    const error = new LinuxError('umount2', Errno.EBUSY, '"/mnt"');
    expect(error).toMatchObject({ name: 'LinuxError', code: 'EBUSY', errno: 16, syscall: 'umount2' });
    expect(error.message).toBe('umount2 "/mnt": EBUSY (errno 16)');
  });

  it('says EUNKNOWN for a number that is not documented, and keeps the number', () => {
    expect(new LinuxError('mount', 4000, 'x')).toMatchObject({ code: 'EUNKNOWN', errno: 4000 });
  });
});
