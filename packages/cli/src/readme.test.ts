import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adminPaths, type Profile, type SnapshotRow } from '@sluice/admin-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeDaemon, snapshotRow, startFakeDaemon } from '../test/fake-daemon.ts';
import { runInMemory } from '../test/run-in-memory.ts';
import { exitStatus } from './exit-status.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const examples = [...readme.matchAll(/```console\n# sluice (.*)\n([\s\S]*?)```/g)].map((match) => ({
  command: match[1]!,
  printed: match[2]!,
}));

const base = 'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const unpacked = 'k8s.io/8/sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae';
const snapshots: readonly SnapshotRow[] = [
  snapshotRow({ id: 7, name: base, lazy: true, bytesLocal: 1_500_000, bytesTotal: 80_000_000 }),
  snapshotRow({ id: 8, name: unpacked, parent: base, reason: 'unsupported-format' }),
  snapshotRow({ id: 11, name: 'k8s.io/9/web', parent: unpacked, kind: 'active' }),
];

const learned = {
  image: base,
  reference: 'registry.example/app:1',
  recordedAt: '2026-01-02T03:04:05.000Z',
};
const profile: Profile = {
  version: 1,
  ...learned,
  layers: {
    [unpacked.replace(/^.*sha/, 'sha')]: [
      [40_000_000, 30_000_000],
      [0, 65_536],
    ],
    'sha256:fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9': [[70_000, 4096]],
  },
};
const profileRow = { ...learned, layers: 2, ranges: 3, sizeBytes: 30_069_632 };

const directory = mkdtempSync(join(tmpdir(), 'sluice-readme-'));
let daemon: FakeDaemon;

beforeAll(async () => {
  daemon = await startFakeDaemon();
  daemon.answers.set(adminPaths.snapshots, { body: JSON.stringify({ snapshots }) });
  daemon.answers.set(adminPaths.profiles, { body: JSON.stringify({ profiles: [profileRow] }) });
  daemon.answers.set(`${adminPaths.profile}?image=${encodeURIComponent(base)}`, {
    body: JSON.stringify(profile),
  });
  daemon.answers.set(adminPaths.profile, { body: JSON.stringify(profileRow) });
  const partial = { checked: 31, checkedBytes: 9_100_000, chunks: 74, untrusted: 5 };
  const report = { checked: 1200, checkedBytes: 45_600_000, partial, damaged: [], unknown: [] };
  daemon.answers.set(adminPaths.verify, { body: `${JSON.stringify({ report })}\n` });
  writeFileSync(join(directory, 'app.json'), JSON.stringify(profile));
  daemon.answers.set(adminPaths.backup, { body: 'x'.repeat(24_576) });
});
afterAll(async () => {
  await daemon[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

describe('the README', () => {
  it('has an example of every command', () => {
    expect(new Set(examples.map(({ command }) => command.split(' ')[0]))).toEqual(
      new Set(['status', 'ls', 'backup', 'profile', 'content', 'diagnose']),
    );
  });

  it('says what sluice diagnose prints, but for what differs between disks', async () => {
    const { printed } = examples.find(({ command }) => command === 'diagnose')!;
    const env = { SLUICE_ADMIN_ADDRESS: '/nowhere/admin.sock' };
    const { out } = await runInMemory(['diagnose'], { env, host: { fuseDevice: '/dev/sluice-none' } });
    const shown = out.replace('/nowhere/', '/run/sluice/').replace('/dev/sluice-none', '/dev/fuse');
    const comparable = (text: string) => text.replaceAll(/^.* (root|space|inodes) .*\n( +->.*\n)?/gm, '$1\n');
    expect(comparable(shown)).toBe(comparable(printed));
  });

  it.each(examples.filter(({ command }) => command !== 'diagnose'))(
    'says what sluice $command prints',
    async ({ command, printed }) => {
      const argv = command
        .replace('/var/backups', directory)
        .replace('app.json', join(directory, 'app.json'))
        .split(' ');
      const { out, err } = await runInMemory(argv, { env: { SLUICE_ADMIN_ADDRESS: daemon.address } });
      expect((out + err).replaceAll(directory, '/var/backups')).toBe(printed);
    },
  );

  it('has the statuses that there are, and so has the help', async () => {
    const rows = [...readme.matchAll(/^\| (\d) {6}\| (.*?) *\|$/gm)].map(
      (match) => `  ${match[1]}  ${match[2]}`,
    );
    expect(rows).toHaveLength(Object.keys(exitStatus).length);
    const { out } = await runInMemory(['--help']);
    expect(out).toContain(rows.join('\n'));
  });
});
