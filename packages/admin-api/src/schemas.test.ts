import { describe, expect, it } from 'vitest';
import {
  adminFailureSchema,
  adminPaths,
  daemonStatusSchema,
  profileListSchema,
  profileSchema,
  pushedProfileSchema,
  snapshotListSchema,
  verifyLineSchema,
} from './index.ts';

const status = {
  version: '1.2.3',
  pid: 1,
  startedAt: '2026-01-02T03:04:05.000000006Z',
  uptimeSeconds: 0.5,
  root: '/r',
  address: '/a',
  healthy: true,
  problems: [],
  residentBytes: 1,
  snapshots: { active: 0, view: 0, committed: 0, remote: 0 },
  layers: { mounted: 0, unavailable: 0, fallbacks: { corrupt: 1 } },
  content: { bytesLocal: 0, bytesFetched: 0, requests: 0 },
};
const row = { id: 1, name: 'n', parent: '', kind: 'view', lazy: false, createdAt: status.startedAt };

describe('the schemas', () => {
  it('keep what they know, and bear what a newer daemon adds, at every depth', () => {
    const newer = { ...status, added: 1, layers: { ...status.layers, added: 1 } };
    expect(daemonStatusSchema.parse(newer)).toEqual(status);
    expect(snapshotListSchema.parse({ added: 1, snapshots: [{ ...row, added: 1 }] })).toEqual({
      snapshots: [row],
    });
    expect(adminFailureSchema.parse({ error: 'e', added: 1 })).toEqual({ error: 'e' });
  });

  it.each(Object.keys(status))('need the field %s of a status', (field) => {
    expect(daemonStatusSchema.safeParse({ ...status, [field]: undefined }).success).toBe(false);
  });

  it.each([{ id: 1.5 }, { kind: 'other' }, { lazy: 'yes' }, { bytesLocal: '1' }, { name: undefined }])(
    'refuse a snapshot with %j',
    (wrong) => {
      expect(snapshotListSchema.safeParse({ snapshots: [{ ...row, ...wrong }] }).success).toBe(false);
    },
  );
});

describe('the schemas of profiles', () => {
  const said = { image: 'sha256:1', reference: 'r', recordedAt: status.startedAt };
  const profile = { version: 1, ...said, layers: { 'sha256:2': [[0, 100]] } };

  it('keep what they know, and bear what a newer daemon adds', () => {
    const profileRow = { ...said, layers: 1, ranges: 1, sizeBytes: 100 };
    const list = { profiles: [{ ...profileRow, added: 1 }] };
    expect(profileListSchema.parse(list)).toEqual({ profiles: [profileRow] });
    expect(profileSchema.parse({ ...profile, added: 1 })).toEqual(profile);
    const pushed = { ...profileRow, artifact: 'sha256:3' };
    expect(pushedProfileSchema.parse({ ...pushed, added: 1 })).toEqual(pushed);
    expect(pushedProfileSchema.safeParse(profileRow).success).toBe(false);
  });

  it.each([{ version: 2 }, { image: undefined }, { layers: { x: [[0]] } }, { layers: { x: [[-1, 1]] } }])(
    'refuse a profile with %j',
    (wrong) => expect(profileSchema.safeParse({ ...profile, ...wrong }).success).toBe(false),
  );
});

it('a line about verified contents is progress, or the report', () => {
  const progress = { checked: 1, checkedBytes: 2 };
  const report = { ...progress, damaged: ['ab'], unknown: [] };
  for (const line of [{ progress }, { report }]) expect(verifyLineSchema.parse(line)).toEqual(line);
  expect(verifyLineSchema.safeParse({ report: progress }).success).toBe(false);
});

it('every path is its own', () => {
  expect(new Set(Object.values(adminPaths)).size).toBe(Object.keys(adminPaths).length);
});
