import { statSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitDevice } from './device-number.ts';
import type { MountInfo } from './mount-info.ts';
import { findMounts, listMounts, mountAt } from './mounts.ts';
import { parseMountInfo } from './parse-mount-info.ts';

const table = (...points: string[]): MountInfo[] =>
  parseMountInfo(Buffer.from(points.map((point, i) => `${i} 0 0:${i} / ${point} rw - t s rw\n`).join('')));
const points = (mounts: readonly MountInfo[]) => mounts.map(({ mountPoint }) => mountPoint);

describe('findMounts', () => {
  const among = table('/', '/a', '/a/b', '/ab', '/a-x/y', '/a/b/c');

  it('finds the mounts at and below a path, and none whose name only begins alike', () => {
    expect(points(findMounts({ below: '/a', among }))).toEqual(['/a', '/a/b', '/a/b/c']);
  });

  it('takes a trailing slash for nothing', () => {
    expect(points(findMounts({ below: '/a/b//', among }))).toEqual(['/a/b', '/a/b/c']);
  });

  it('finds everything below the root', () => {
    expect(findMounts({ below: '/', among })).toEqual(among);
  });

  it('agrees with a comparison component by component', () => {
    const paths = fc
      .array(fc.constantFrom('a', 'b', 'ab', '.'), { maxLength: 4 })
      .map((parts) => `/${parts.join('/')}`);
    fc.assert(
      fc.property(fc.array(paths), paths, (all, below) => {
        const parts = below.split('/').filter(Boolean);
        const wanted = all.filter((path) =>
          parts.every((part, i) => path.split('/').filter(Boolean)[i] === part),
        );
        expect(points(findMounts({ below, among: table(...all) }))).toEqual(wanted);
      }),
    );
  });
});

describe('mountAt', () => {
  it('gives the topmost of stacked mounts', () => {
    expect(mountAt('/a', table('/a', '/b', '/a'))?.mountId).toBe(2);
  });

  it('gives nothing for a directory that is no mount point', () => {
    expect(mountAt('/a/b', table('/', '/a'))).toBeUndefined();
  });
});

describe('listMounts', () => {
  it('shows this process its own mounts, /proc with the device number that stat shows', () => {
    const proc = mountAt('/proc', listMounts());
    expect(proc?.type).toBe('proc');
    expect(splitDevice(statSync('/proc').dev)).toEqual({ major: proc?.major, minor: proc?.minor });
  });
});
