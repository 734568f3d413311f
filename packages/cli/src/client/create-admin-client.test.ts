import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adminPaths } from '@sluice/admin-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { daemonStatus, type FakeDaemon, snapshotRow, startFakeDaemon } from '../../test/fake-daemon.ts';
import { CliError } from '../cli-error.ts';
import { createAdminClient } from './create-admin-client.ts';

const directory = mkdtempSync(join(tmpdir(), 'sluice-client-'));
let daemon: FakeDaemon;

beforeAll(async () => {
  daemon = await startFakeDaemon();
});
afterAll(async () => {
  await daemon[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

/** What asking for the status fails with. */
async function failureAt(address: string, timeoutMs?: number): Promise<CliError> {
  const error = await createAdminClient({ address, timeoutMs })
    .status()
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(CliError);
  return error as CliError;
}

/** The same, where a daemon answers this. */
async function failureOf(answer: { status?: number; body: string } | undefined, timeoutMs?: number) {
  daemon.answers.set(adminPaths.status, answer);
  return await failureAt(daemon.address, timeoutMs);
}

describe('createAdminClient', () => {
  it('gives the answers', async () => {
    daemon.answers.set(adminPaths.status, { body: JSON.stringify(daemonStatus()) });
    const client = createAdminClient({ address: daemon.address });
    const [status, list] = await Promise.all([client.status(), client.snapshots()]);
    expect(status).toEqual(daemonStatus());
    expect(list).toEqual({ snapshots: [snapshotRow()] });
  });

  it('says that no daemon runs where there is no socket', async () => {
    for (const address of [join(directory, 'none.sock'), join(directory, 'no', 'directory.sock')]) {
      const { code, message } = await failureAt(address);
      expect(code).toBe('UNREACHABLE');
      expect(message).toMatch(
        new RegExp(`^there is no socket ${address}: sluiced is not running.*--address`),
      );
    }
  });

  it('says that a daemon has ended where nobody listens any more', async () => {
    const address = join(directory, 'dead.sock');
    const script = `require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
    spawnSync(process.execPath, ['-e', script, address]);
    expect(await failureAt(address)).toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining(`nobody listens on ${address}`),
    });
  });

  it('says of a file that it is no socket', async () => {
    const address = join(directory, 'file');
    writeFileSync(address, '');
    expect(await failureAt(address)).toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('not a socket'),
    });
    expect((await failureAt(join(address, 'below'))).code).toBe('UNREACHABLE');
    expect((await failureAt(directory)).code).toBe('USAGE');
  });

  it('says of a path that it is too long for a socket', async () => {
    const { code, message } = await failureAt(`/${'x'.repeat(107)}`);
    expect({ code, message }).toMatchObject({ code: 'USAGE', message: expect.stringContaining('108 bytes') });
  });

  it('gives up on a daemon that does not answer', async () => {
    const { code, message } = await failureOf(undefined, 50);
    expect({ code, message }).toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining('no answer within 0.05 s'),
    });
  });

  it('says of the socket for containerd that it is the wrong one', async () => {
    const address = join(directory, 'http2.sock');
    const server = createServer((socket) =>
      socket
        .on('error', () => undefined)
        .resume()
        .end('\0\0\0\x04\0\0\0\0\0'),
    );
    await new Promise<void>((resolve) => server.listen(address, resolve));
    const { code, message } = await failureAt(address);
    expect({ code, message }).toMatchObject({
      code: 'BAD_ANSWER',
      message: expect.stringContaining('admin.sock beside the socket for containerd'),
    });
    await new Promise((resolve) => server.close(resolve));
  });

  it.each([
    { what: 'no JSON', body: '<html>' },
    { what: 'of another shape', body: '{"version":"2.0.0"}' },
  ])('says that the versions differ where the answer is $what', async ({ body }) => {
    expect(await failureOf({ body })).toMatchObject({
      code: 'BAD_ANSWER',
      message: expect.stringContaining('another version'),
    });
  });

  it('says so too where the daemon does not know the question', async () => {
    const body = JSON.stringify({ error: 'there is no /v1/status here, but /v2/status' });
    const { code, message } = await failureOf({ status: 404, body });
    expect(code).toBe('BAD_ANSWER');
    expect(message).toMatch(
      /another version \(there is no \/v1\/status here, but \/v2\/status\): use the sluice/,
    );
  });

  it('repeats what a daemon says that fails', async () => {
    const { code, message } = await failureOf({ status: 500, body: '{"error":"the log says more"}' });
    expect(code).toBe('BAD_ANSWER');
    expect(message).toBe(`the daemon at ${daemon.address} failed: the log says more`);
    expect((await failureOf({ status: 503, body: '[]' })).message).toContain('HTTP status 503');
  });

  it('gives up on a daemon that stops in the middle of its answer, or ends there', async () => {
    const address = join(directory, 'half.sock');
    const head = 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{';
    let ends = false;
    const server = createServer((socket) => {
      socket.on('error', () => undefined).resume();
      socket.write(head);
      if (ends) socket.end();
    });
    await new Promise<void>((resolve) => server.listen(address, resolve));
    expect((await failureAt(address, 50)).code).toBe('UNREACHABLE');
    ends = true;
    expect((await failureAt(address)).code).toBe('BAD_ANSWER');
    await new Promise((resolve) => server.close(resolve));
  });
});
