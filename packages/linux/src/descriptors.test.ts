import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Errno } from './errno.ts';
import { ioctl } from './ioctl.ts';
import { mknod, NodeType } from './mknod.ts';
import { getPeerCredentials } from './peer-credentials.ts';
import { pidfdGetfd, pidfdOpen } from './pidfd.ts';
import { rawRead } from './raw-io.ts';
import { setNonBlocking } from './set-non-blocking.ts';
import { syncfs } from './syncfs.ts';

const dir = mkdtempSync(join(tmpdir(), 'sluice-descriptors-'));
afterAll(() => rmSync(dir, { recursive: true }));

function open(path: string, flags: string | number): Disposable & { readonly fd: number } {
  return owned(openSync(path, flags));
}

function owned(fd: number): Disposable & { readonly fd: number } {
  return { fd, [Symbol.dispose]: () => closeSync(fd) };
}

describe('setNonBlocking', () => {
  it('turns the flag on and off and leaves the others', () => {
    using file = open(join(dir, 'flags'), 'a');
    const flags = () =>
      Number.parseInt(
        /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${file.fd}`, 'latin1'))![1]!,
        8,
      );
    const before = flags();
    setNonBlocking(file.fd);
    expect(flags()).toBe(before | constants.O_NONBLOCK);
    setNonBlocking(file.fd, false);
    expect(flags()).toBe(before);
  });

  it('makes an empty fifo answer EAGAIN', () => {
    const path = join(dir, 'fifo');
    mknod(path, NodeType.FIFO | 0o600);
    using fifo = open(path, constants.O_RDWR);
    setNonBlocking(fifo.fd);
    expect(rawRead(fifo.fd, new Uint8Array(1), 0, 1)).toBe(-Errno.EAGAIN);
  });

  it('says which descriptor is not open', () => {
    expect(() => setNonBlocking(-1)).toThrow('fcntl descriptor -1: EBADF (errno 9)');
  });
});

describe('syncfs', () => {
  it('resolves when the file system is written, and leaves the event loop free', async () => {
    using file = open(join(dir, 'data'), 'w');
    writeFileSync(file.fd, 'x'.repeat(100_000));
    await syncfs(file.fd);
  });

  it('rejects with the error of its own call', async () => {
    await expect(syncfs(-1)).rejects.toMatchObject({ code: 'EBADF', syscall: 'syncfs' });
  });
});

describe('ioctl', () => {
  const FIONREAD = 0x541b;
  const BLKGETSIZE64 = 0x80081272;

  it('fills a buffer: how many bytes of a file are left to read', () => {
    writeFileSync(join(dir, 'left'), '12345');
    using file = open(join(dir, 'left'), 'r');
    const left = new Int32Array(1);
    expect(ioctl(file.fd, FIONREAD, new Uint8Array(left.buffer))).toBe(0);
    expect(left[0]).toBe(5);
  });

  it('names the request that failed', () => {
    using file = open(join(dir, 'left'), 'w');
    expect(() => ioctl(file.fd, BLKGETSIZE64, new Uint8Array(8))).toThrow(/request 0x80081272: ENOTTY/);
    expect(() => ioctl(file.fd, 0x1271, 0)).toThrow(expect.objectContaining({ code: 'ENOTTY' }));
  });

  it('refuses a buffer that is smaller than the request says', () => {
    expect(() => ioctl(0, BLKGETSIZE64, new Uint8Array(7))).toThrow(RangeError);
  });
});

describe('pidfdOpen and pidfdGetfd', () => {
  it('take over an open file of another process, its position included', async () => {
    const path = join(dir, 'handed-over');
    writeFileSync(path, 'abcdef');
    const child = spawn('sh', ['-c', `exec 9<"$0"; dd bs=2 count=1 <&9 2>/dev/null; exec sleep 30`, path]);
    try {
      await once(child.stdout, 'data');
      using process = owned(pidfdOpen(child.pid!));
      using file = owned(pidfdGetfd(process.fd, 9));
      const buffer = new Uint8Array(4);
      expect(rawRead(file.fd, buffer, 0, 4)).toBe(4);
      expect(Buffer.from(buffer).toString()).toBe('cdef');
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  });

  it('fail for a process that ended and for a descriptor that is not open', async () => {
    const child = spawn('true');
    await once(child, 'exit');
    expect(() => pidfdOpen(child.pid!)).toThrow(
      expect.objectContaining({ code: 'ESRCH', syscall: 'pidfd_open' }),
    );
    using self = owned(pidfdOpen(process.pid));
    expect(() => pidfdGetfd(self.fd, 9999)).toThrow(
      expect.objectContaining({ code: 'EBADF', syscall: 'pidfd_getfd' }),
    );
  });
});

describe('getPeerCredentials', () => {
  it('tells who connected', async () => {
    const server = createServer().listen(join(dir, 'socket'));
    await once(server, 'listening');
    const client = connect(join(dir, 'socket'));
    try {
      const [accepted] = (await once(server, 'connection')) as [Socket];
      expect(getPeerCredentials(descriptorOf(accepted))).toEqual({
        pid: process.pid,
        uid: process.getuid?.(),
        gid: process.getgid?.(),
      });
      accepted.destroy();
    } finally {
      client.destroy();
      server.close();
    }
  });

  it('fails on what is no socket', () => {
    using file = open(join(dir, 'no-socket'), 'w');
    expect(() => getPeerCredentials(file.fd)).toThrow(expect.objectContaining({ code: 'ENOTSOCK' }));
  });
});

function descriptorOf(socket: Socket): number {
  return (socket as unknown as { readonly _handle: { readonly fd: number } })._handle.fd;
}
