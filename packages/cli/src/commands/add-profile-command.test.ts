import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adminPaths, maxBodyBytes } from '@sluice/admin-api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeDaemon, startFakeDaemon } from '../../test/fake-daemon.ts';
import { runInMemory } from '../../test/run-in-memory.ts';

let directory: string;
let daemon: FakeDaemon;

const image = (digits: string) => `sha256:${digits.padEnd(64, '0')}`;
const profileOf = (digits: string, reference = 'example.org/app:1') => ({
  version: 1,
  image: image(digits),
  reference,
  recordedAt: '2026-01-02T03:04:05.678Z',
  layers: { [image('77')]: [[0, 100]] },
});
const rowOf = (digits: string, reference?: string) => {
  const { version: _, ...profile } = profileOf(digits, reference);
  return { ...profile, layers: 1, ranges: 1, sizeBytes: 100 };
};

/** A daemon with these profiles. */
function have(...profiles: readonly [digits: string, reference?: string][]): void {
  const body = JSON.stringify({ profiles: profiles.map((profile) => rowOf(...profile)) });
  daemon.answers.set(adminPaths.profiles, { body });
  for (const [digits, reference] of profiles) {
    const path = `${adminPaths.profile}?image=${encodeURIComponent(image(digits))}`;
    daemon.answers.set(path, { body: JSON.stringify(profileOf(digits, reference)) });
  }
}

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-profile-'));
  daemon = await startFakeDaemon();
});
afterEach(async () => {
  await daemon[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

const profile = (...args: string[]) => runInMemory(['profile', ...args, '--address', daemon.address]);

describe('sluice profile', () => {
  it('says what it can do when it is told nothing, with examples', async () => {
    const { status, err } = await profile();
    expect(status).toBe(2);
    for (const part of ['ls', 'show', 'export', 'import', 'Examples:']) expect(err).toContain(part);
  });

  it('finds an image by its reference, its digest, or the first digits of that', async () => {
    have(['aaaa1'], ['aaaa2', 'example.org/other']);
    for (const name of [image('aaaa1'), 'example.org/app:1', 'aaaa1', 'sha256:aaaa1']) {
      expect(JSON.parse((await profile('show', '--json', name)).out)).toEqual(profileOf('aaaa1'));
    }
  });

  it.each([
    { name: 'aaaa', says: `2 profiles of aaaa: say which of ${image('aaaa1')}, ${image('aaaa2')}` },
    { name: 'aaa', says: 'there is no profile of aaa' },
    { name: 'app:1', says: 'there is no profile of app:1' },
    { name: 'same', says: '2 profiles of same' },
  ])('does not guess what is meant by $name', async ({ name, says }) => {
    have(['aaaa1', 'same'], ['aaaa2', 'same']);
    expect(await profile('show', name)).toMatchObject({
      status: 7,
      out: '',
      err: expect.stringContaining(says),
    });
  });

  it('exports to a file that is not there yet, for its owner alone, or prints', async () => {
    have(['1']);
    const file = join(directory, 'p.json');
    expect(await profile('export', image('1'), file)).toEqual({ status: 0, out: '', err: '' });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(profileOf('1'));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect((await profile('export', image('1'), file)).status).toBe(2);
    expect((await profile('export', image('1'), file, '--force')).status).toBe(0);
    expect(JSON.parse((await profile('export', image('1'))).out)).toEqual(profileOf('1'));
  });

  it('imports several files, and says what the daemon has made of each', async () => {
    daemon.answers.set(adminPaths.profile, { body: JSON.stringify(rowOf('1', 'odd\u001b[2J')) });
    const files = ['a', 'b'].map((name) => join(directory, name));
    for (const file of files) writeFileSync(file, JSON.stringify(profileOf('1')));
    const { status, out } = await profile('import', ...files);
    expect(status).toBe(0);
    expect(out).toBe(`imported the profile of odd\\u001b[2J (${image('1')})\n`.repeat(2));
    expect(daemon.asked).toEqual(['PUT /v1/profile', 'PUT /v1/profile']);
    expect(JSON.parse((await profile('import', '--json', files[0]!)).out).profiles).toHaveLength(1);
  });

  it('removes the one that is meant, and no other', async () => {
    have(['aaaa1'], ['aaaa2', 'example.org/other']);
    daemon.answers.set(`${adminPaths.profile}?image=${encodeURIComponent(image('aaaa1'))}`, { body: '{}' });
    expect((await profile('rm', 'aaaa')).status).toBe(7);
    expect(await profile('rm', 'aaaa1')).toMatchObject({
      status: 0,
      out: `removed the profile of example.org/app:1 (${image('aaaa1')})\n`,
    });
    expect(daemon.asked.filter((asked) => asked.startsWith('DELETE'))).toEqual([
      `DELETE ${adminPaths.profile}?image=${encodeURIComponent(image('aaaa1'))}`,
    ]);
  });

  it('pushes what is meant, and says what came of it', async () => {
    have(['aaaa1']);
    const path = `${adminPaths.profilePush}?image=${encodeURIComponent(image('aaaa1'))}`;
    const pushed = { ...rowOf('aaaa1'), artifact: image('7') };
    daemon.answers.set(path, { body: JSON.stringify(pushed) });
    expect(await profile('push', 'example.org/app:1')).toMatchObject({
      status: 0,
      out: `pushed the profile of example.org/app:1 (${image('aaaa1')}) as ${image('7')}\n`,
    });
    expect(JSON.parse((await profile('push', '--json', 'aaaa1')).out)).toEqual({ profiles: [pushed] });
    daemon.answers.set(path, { status: 502, body: '{"error":"registry a: it refuses the credentials"}' });
    expect(await profile('push', 'aaaa1')).toEqual({
      status: 8,
      out: '',
      err: 'sluice: registry a: it refuses the credentials\n',
    });
  });

  it('pulls what lies beside an image, and says so if there is nothing', async () => {
    const path = `${adminPaths.profilePull}?reference=${encodeURIComponent('example.org/app:1')}`;
    daemon.answers.set(path, { body: JSON.stringify({ profiles: [rowOf('1')] }) });
    expect(await profile('pull', 'example.org/app:1')).toMatchObject({
      status: 0,
      out: `pulled the profile of example.org/app:1 (${image('1')})\n`,
    });
    daemon.answers.set(path, { body: '{"profiles":[]}' });
    expect(await profile('pull', 'example.org/app:1')).toMatchObject({
      status: 7,
      err: expect.stringContaining('no profile beside example.org/app:1'),
    });
    expect(daemon.asked).toEqual([`POST ${path}`, `POST ${path}`]);
  });

  it('repeats why the daemon refuses a file', async () => {
    const file = join(directory, 'bad.json');
    writeFileSync(file, '{}');
    daemon.answers.set(adminPaths.profile, { status: 400, body: '{"error":"it has no image"}' });
    expect(await profile('import', file)).toMatchObject({
      status: 7,
      err: expect.stringContaining('refuses that: it has no image'),
    });
  });

  it('asks no daemon about what cannot be read, or cannot be a profile', async () => {
    expect(await profile('import', join(directory, 'none'))).toMatchObject({
      status: 6,
      err: expect.stringContaining('cannot read'),
    });
    expect((await profile('import', directory)).status).toBe(6);
    const file = join(directory, 'long');
    writeFileSync(file, Buffer.alloc(maxBodyBytes + 1));
    expect((await profile('import', file)).status).toBe(7);
    expect(daemon.asked).toEqual([]);
  });
});
