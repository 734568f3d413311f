import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GrpcServerError } from '../grpc-server-error.ts';
import { listenOnSocket } from './listen-on-socket.ts';

let directory: string;
let path: string;
const servers = new Set<Server>();

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-socket-'));
  path = join(directory, 'x.sock');
});
afterEach(async () => {
  await Promise.all([...servers].map((server) => new Promise((resolve) => server.close(resolve))));
  servers.clear();
  rmSync(directory, { recursive: true, force: true });
});

async function listen(at = path): Promise<Server> {
  const server = createServer((socket) => socket.on('error', () => undefined).end('hello'));
  await listenOnSocket(server, at);
  servers.add(server);
  return server;
}

async function failure(at: string): Promise<GrpcServerError> {
  const error = await listen(at).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(GrpcServerError);
  return error as GrpcServerError;
}

/** What a server on the socket says. */
async function ask(at: string): Promise<string> {
  const [data] = await once(connect(at), 'data');
  return String(data);
}

/** A socket whose process was killed. */
function makeStale(at: string): void {
  const script = `require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', script, at], { timeout: 15_000 });
  expect(statSync(at).isSocket()).toBe(true);
}

describe('the socket', () => {
  it.each([0o000, 0o022, 0o077, 0o777])(
    'has mode 0600 with the umask %o, which is left as it was',
    async (umask) => {
      const before = process.umask(umask);
      try {
        await listen();
        expect(process.umask()).toBe(umask);
      } finally {
        process.umask(before);
      }
      expect(statSync(path).mode & 0o7777).toBe(0o600);
    },
  );

  it('has mode 0600 from its first moment on', async () => {
    const server = createServer();
    servers.add(server);
    const bind = server.listen.bind(server) as (at: string) => Server;
    const modes: number[] = [];
    server.listen = ((at: string) => {
      bind(at);
      modes.push(statSync(at).mode & 0o7777);
      return server;
    }) as Server['listen'];
    await listenOnSocket(server, path);
    expect(modes).toEqual([0o600]);
  });

  it('lies in a directory that is made for it, for its owner alone', async () => {
    const deep = join(directory, 'a', 'b', 'x.sock');
    await listen(deep);
    expect(statSync(join(directory, 'a', 'b')).mode & 0o777).toBe(0o700);
    expect(await ask(deep)).toBe('hello');
  });

  it('leaves the mode of a directory that was there', async () => {
    mkdirSync(join(directory, 'shared'), { mode: 0o755 });
    await listen(join(directory, 'shared', 'x.sock'));
    expect(statSync(join(directory, 'shared')).mode & 0o777).toBe(0o755);
  });

  it('is gone once its server is closed, and can be made again', async () => {
    for (let i = 0; i < 3; i++) {
      const server = await listen();
      expect(await ask(path)).toBe('hello');
      await new Promise((resolve) => server.close(resolve));
      servers.delete(server);
      expect(existsSync(path)).toBe(false);
    }
  });

  it('can have a path of 107 bytes', async () => {
    const longest = join(directory, 'x'.repeat(107 - directory.length - 1));
    expect(longest).toHaveLength(107);
    await listen(longest);
    expect(await ask(longest)).toBe('hello');
  });
});

describe('what lies at the path', () => {
  it('is replaced if it is a socket that nobody listens on', async () => {
    makeStale(path);
    await listen();
    expect(await ask(path)).toBe('hello');
  });

  it('is left alone if somebody listens there, and goes on', async () => {
    await listen();
    const { code, message } = await failure(path);
    expect(code).toBe('ADDRESS_IN_USE');
    expect(message).toBe(`another process listens on ${path}: stop it, or choose another address`);
    expect(await ask(path)).toBe('hello');
  });

  it('is left alone if it is a file', async () => {
    writeFileSync(path, 'precious');
    const { code, message } = await failure(path);
    expect(code).toBe('ADDRESS_INVALID');
    expect(message).toContain(`${path}: there is something that is not a socket`);
    expect(readFileSync(path, 'utf8')).toBe('precious');
  });

  it('is left alone if it is a directory, or a link, even to a dead socket', async () => {
    mkdirSync(path);
    expect((await failure(path)).code).toBe('ADDRESS_INVALID');
    const [dead, link] = [join(directory, 'dead.sock'), join(directory, 'link.sock')];
    makeStale(dead);
    symlinkSync(dead, link);
    expect((await failure(link)).code).toBe('ADDRESS_INVALID');
    expect(statSync(dead).isSocket()).toBe(true);
  });

  it('is one server, however many try at once', async () => {
    const tries = await Promise.allSettled(Array.from({ length: 10 }, () => listen()));
    const lost = tries.filter((result) => result.status === 'rejected').map(({ reason }) => reason.code);
    expect(lost).toEqual(Array.from({ length: 9 }, () => 'ADDRESS_IN_USE'));
    expect(await ask(path)).toBe('hello');
  });
});

describe('a path', () => {
  it.each([
    { at: 'relative.sock', says: /absolute/ },
    { at: '', says: /absolute/ },
    { at: '/a\0b', says: /NUL/ },
    { at: `/${'x'.repeat(107)}`, says: /108 bytes/ },
    { at: `/${'ü'.repeat(54)}`, says: /109 bytes/ },
  ])('that cannot be a socket is refused: $says', async ({ at, says }) => {
    const { code, message } = await failure(at);
    expect(code).toBe('ADDRESS_INVALID');
    expect(message).toMatch(says);
  });

  it('below a file says so, with the cause', async () => {
    writeFileSync(join(directory, 'file'), '');
    const error = await failure(join(directory, 'file', 'x.sock'));
    expect(error).toMatchObject({
      code: 'LISTEN_FAILED',
      cause: { code: expect.stringMatching(/ENOTDIR|EEXIST/) },
    });
    expect(error.message).toContain(join(directory, 'file', 'x.sock'));
  });
});
