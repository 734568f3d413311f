import { describe, expect, it } from 'vitest';
import { trimGroup } from './trim-group.ts';

const group = { chunks: [7, 8, 9], starts: [0, 100, 250], ends: [100, 200, 300], offset: 1000, length: 300 };

describe('trimGroup', () => {
  it('leaves a group as it is of which all is wanted', () => {
    expect(trimGroup(group, () => true)).toBe(group);
  });

  it('is nothing where nothing is wanted', () => {
    expect(trimGroup(group, () => false)).toBeUndefined();
  });

  it('leaves out what lies at the ends, and fetches what lies between', () => {
    const last = { chunks: [9], starts: [0], ends: [50], offset: 1250, length: 50 };
    expect(trimGroup(group, (chunk) => chunk === 9)).toEqual(last);
    const first = { chunks: [7, 8], starts: [0, 100], ends: [100, 200], offset: 1000, length: 200 };
    expect(trimGroup(group, (chunk) => chunk < 9)).toEqual(first);
    expect(trimGroup(group, (chunk) => chunk !== 8)).toEqual({
      ...group,
      chunks: [7, 9],
      starts: [0, 250],
      ends: [100, 300],
    });
  });

  it('reaches to the end of the longest where chunks overlap', () => {
    const shared = { chunks: [1, 2, 3], starts: [0, 0, 0], ends: [80, 90, 70], offset: 0, length: 90 };
    expect(trimGroup(shared, (chunk) => chunk !== 1)).toMatchObject({ chunks: [2, 3], length: 90 });
  });
});
