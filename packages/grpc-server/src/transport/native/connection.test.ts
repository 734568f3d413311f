import { describe, expect, it } from 'vitest';
import { eventually } from '../../../test/eventually.ts';
import { connectRaw } from '../../../test/raw-http2-client.ts';
import { END_STREAM, stat, statusOf } from '../../../test/raw-messages.ts';
import { serveMemory } from '../../../test/serve-memory.ts';
import { useNativeServer } from '../../../test/use-native-server.ts';
import { FrameType } from './http2/constants.ts';
import { encodeFrame } from './http2/encode-frame.ts';

const server = useNativeServer();

describe('a connection', () => {
  it('answers pings and settings', async () => {
    using client = await connectRaw(server.address);
    client.send('PING', 0, 0, Buffer.from('12345678'));
    expect((await client.frame('PING')).payload.toString()).toBe('12345678');
    await eventually(() => expect(client.frames.filter(({ type }) => type === 'SETTINGS')).toHaveLength(2));
    expect(client.frames.find(({ type, flags }) => type === 'SETTINGS' && flags === 1)).toBeDefined();
  });

  it('on which nobody reads is not read either, and holds up nobody', async () => {
    using client = await connectRaw(server.address);
    client.socket.pause();
    const ping = encodeFrame({ type: FrameType.PING, flags: 0, streamId: 0 }, Buffer.alloc(8));
    const many = Buffer.concat(Array.from({ length: 10_000 }, () => ping));
    // Far more answers than the socket takes.
    for (let i = 0; i < 40; i++) client.socket.write(many);
    await server.expectWell();
    expect(client.socket.writableLength).toBeGreaterThan(0);
    client.socket.resume();
    await eventually(() => expect(client.socket.writableLength).toBe(0));
  });

  it('is told that no more calls are taken, and ends after the last one', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    await using other = await serveMemory({
      memory: {
        intercept: (operation) => {
          if (operation !== 'dirs.publish') return;
          asked.resolve();
          return released;
        },
      },
    });
    using client = await connectRaw(other.address);
    client.open(1, { ':path': '/containerd.services.snapshots.v1.Snapshots/Prepare' });
    client.send('DATA', END_STREAM, 1, stat);
    await asked.promise;
    const closed = other.server.close();
    expect(await client.goAway()).toBe('NO_ERROR');
    expect((await client.frame('GOAWAY')).payload.readUInt32BE()).toBe(1);
    client.open(3);
    expect((await client.frame('RST_STREAM', 3)).payload.readUInt32BE()).toBe(7);
    release();
    expect(await statusOf(client, 1)).toBe(0);
    await closed;
  });
});
