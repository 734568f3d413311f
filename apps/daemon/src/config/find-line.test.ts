import { describe, expect, it } from 'vitest';
import { findLine } from './find-line.ts';

const text = `root = "/a" # level = 1
[log]
  level = "info"

[registry.hosts."a.b"]
'odd key' = 1
log.level = 2
`;

describe('findLine', () => {
  it.each([
    [['root'], 1],
    [['log'], 2],
    [['log', 'level'], 3],
    [['registry', 'hosts', 'a.b', 'odd key'], 6],
    [['registry', 'hosts', 'a.b', 'log', 'level'], 7],
  ])('finds %j', (path, line) => {
    expect(findLine(text, path)).toBe(line);
  });

  it('gives the table where the key is not found', () => {
    expect(findLine(text, ['log', 'colour'])).toBe(2);
  });

  it('gives nothing where there is nothing to show', () => {
    expect(findLine(text, ['fuse', 'driver'])).toBeUndefined();
  });
});
