import { describe, expect, it } from 'vitest';
import { parseFlags } from './flags.ts';

describe('parseFlags', () => {
  it('leaves out what is not said', () => {
    expect(parseFlags([], '1.0.0')).toEqual({});
  });

  it('reads every flag', () => {
    const argv = ['--root', 'r', '--address=a', '--config', 'c', '--log-level', 'warn'];
    expect(parseFlags(argv, '1.0.0')).toEqual({ root: 'r', address: 'a', config: 'c', logLevel: 'warn' });
  });
});
