import { channel, tracingChannel } from 'node:diagnostics_channel';
import { expect, test } from 'vitest';
import { serveMemory } from '../../test/serve-memory.ts';

// Source: Node.js, "diagnostics_channel", built-in channels of net.
const LISTENING = tracingChannel('net.server.listen').asyncEnd;
const CONNECTION = channel('net.server.socket');

test('the server has shaken hands before its socket is there', async () => {
  const seen: string[] = [];
  const onListening = () => seen.push('listens');
  const onConnection = () => seen.push('accepts');
  LISTENING.subscribe(onListening);
  CONNECTION.subscribe(onConnection);
  try {
    await using _served = await serveMemory();
    // The first pair is of a socket that nobody else can reach.
    expect(seen).toEqual(['listens', 'accepts', 'listens']);
  } finally {
    LISTENING.unsubscribe(onListening);
    CONNECTION.unsubscribe(onConnection);
  }
});
