import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { closeDescriptor } from './close-descriptor.ts';
import { libc } from './libc.ts';
import { rawRead } from './raw-io.ts';
import { sendDatagram } from './send-datagram.ts';
import { setNonBlocking } from './set-non-blocking.ts';

const socket = libc.func('int socket(int, int, int)');
const bind = libc.func('int bind(int, const void *, uint32_t)');

const directory = mkdtempSync(join(tmpdir(), 'datagram-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** A socket of AF_UNIX for datagrams, bound to these bytes. */
function receiver(name: Buffer): Disposable & { next(): string | number } {
  const fd: number = socket(1, 2, 0);
  const address = Buffer.concat([Buffer.from(Uint16Array.of(1).buffer), name]);
  expect(bind(fd, address, address.length)).toBe(0);
  setNonBlocking(fd);
  const buffer = Buffer.alloc(1000);
  return {
    next() {
      const length = rawRead(fd, buffer, 0, buffer.length);
      return length < 0 ? length : buffer.toString('utf8', 0, length);
    },
    [Symbol.dispose]: () => closeDescriptor(fd),
  };
}

describe('sendDatagram', () => {
  it('sends each to a socket with a path', () => {
    const path = join(directory, 'a.sock');
    using there = receiver(Buffer.from(`${path}\0`));
    sendDatagram(path, Buffer.from('READY=1\nSTATUS=ü'));
    sendDatagram(path, Buffer.from('WATCHDOG=1'));
    expect([there.next(), there.next()]).toEqual(['READY=1\nSTATUS=ü', 'WATCHDOG=1']);
  });

  it('sends to a socket in the abstract namespace', () => {
    const name = `sluice-test-${process.pid}`;
    using there = receiver(Buffer.from(`\0${name}`));
    sendDatagram(`@${name}`, Buffer.from('READY=1'));
    expect(there.next()).toBe('READY=1');
  });

  it('does not wait for a receiver that does not keep up', () => {
    const path = join(directory, 'slow.sock');
    using _there = receiver(Buffer.from(`${path}\0`));
    const flood = () => {
      for (let i = 0; i < 100_000; i++) sendDatagram(path, Buffer.from('WATCHDOG=1'));
    };
    expect(flood).toThrow(expect.objectContaining({ code: 'EAGAIN' }));
  });

  it('says that nobody is there', () => {
    const path = join(directory, 'none.sock');
    expect(() => sendDatagram(path, Buffer.from('x'))).toThrow(expect.objectContaining({ code: 'ENOENT' }));
    const tooLong = () => sendDatagram(`/${'x'.repeat(107)}`, Buffer.from('x'));
    expect(tooLong).toThrow(expect.objectContaining({ code: 'ENAMETOOLONG' }));
  });
});
