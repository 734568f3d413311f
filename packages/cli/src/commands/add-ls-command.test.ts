import { adminPaths, type SnapshotRow, snapshotListSchema } from '@sluice/admin-api';
import { describe, expect, it } from 'vitest';
import { snapshotRow, startFakeDaemon } from '../../test/fake-daemon.ts';
import { runInMemory } from '../../test/run-in-memory.ts';

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

const snapshots: readonly SnapshotRow[] = [
  snapshotRow({
    id: 7,
    name: digest,
    lazy: true,
    layer: digest,
    bytesLocal: 1_500_000,
    bytesTotal: 80_000_000,
  }),
  snapshotRow({ id: 8, name: `k8s.io/8/${digest}`, parent: digest, reason: 'unsupported-format' }),
  snapshotRow({ id: 110, name: 'k8s.io/9/my container', parent: `k8s.io/8/${digest}`, kind: 'active' }),
];

async function ls(rows: readonly SnapshotRow[], ...flags: string[]) {
  await using daemon = await startFakeDaemon();
  daemon.answers.set(adminPaths.snapshots, { body: JSON.stringify({ snapshots: rows }) });
  return await runInMemory(['ls', '--address', daemon.address, ...flags]);
}

describe('sluice ls', () => {
  it('is a table for people', async () => {
    const { status, out, err } = await ls(snapshots);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out).toBe(
      [
        ' ID  PARENT  KIND       LAZY  HERE               AGE  NAME                          REASON',
        '  7       -  committed  yes   1.5 MB of 80.0 MB  1 h  sha256:0123456789ab',
        '  8       7  committed  no    -                  1 h  k8s.io/8/sha256:0123456789ab  unsupported-format',
        '110       8  active     no    -                  1 h  k8s.io/9/my container',
        '',
      ].join('\n'),
    );
  });

  it('shows digests whole when asked to', async () => {
    expect((await ls(snapshots, '--full')).out).toContain(`k8s.io/8/${digest}  unsupported-format`);
  });

  it('is JSON for programs, as admin-api has it', async () => {
    const { status, out } = await ls(snapshots, '--json');
    expect(status).toBe(0);
    expect(snapshotListSchema.parse(JSON.parse(out))).toEqual({ snapshots });
  });

  it('has its titles even if there is no snapshot', async () => {
    expect(await ls([])).toMatchObject({ status: 0, out: expect.stringMatching(/^ID .* REASON\n$/) });
    expect(JSON.parse((await ls([], '--json')).out)).toEqual({ snapshots: [] });
  });

  it('names a parent that is not in the list', async () => {
    const { out } = await ls([snapshotRow({ id: 2, name: 'child', parent: 'gone' })]);
    expect(out).toMatch(/^ 2 {4}gone {2}committed/m);
  });

  it('shows why a lazy layer cannot be used, on one line', async () => {
    const reason = `layer ${digest} cannot be used now:\nconnection refused\u001b[31m`;
    const { out } = await ls([snapshotRow({ lazy: true, reason })]);
    const shown = String.raw`layer sha256:0123456789ab cannot be used now:\u000aconnection refused\u001b[31m`;
    expect(out.trimEnd().split('\n')).toHaveLength(2);
    expect(out).toContain(shown);
  });

  it('bears ten thousand snapshots', async () => {
    const many = Array.from({ length: 10_000 }, (_, id) => snapshotRow({ id, name: `s${id}` }));
    expect((await ls(many)).out.split('\n')).toHaveLength(10_002);
  });
});
