import { connect } from 'node:net';
import { createLogRecorder } from '@sluice/testkit/core';
import { describe, expect, it } from 'vitest';
import { createMetrics } from './metrics.ts';
import { startMetricsServer } from './metrics-server.ts';

const start = () =>
  startMetricsServer(
    { metrics: createMetrics(), logger: createLogRecorder() },
    { host: '127.0.0.1', port: 0 },
  );

describe('startMetricsServer', () => {
  it('serves the metrics, and nothing else', async () => {
    await using server = await start();
    const url = `http://127.0.0.1:${server.port}`;
    const answer = await fetch(`${url}/metrics`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toContain('text/plain');
    expect(await answer.text()).toContain('process_resident_memory_bytes');
    for (const [path, method] of [
      ['/', 'GET'],
      ['/v1/status', 'GET'],
      ['/metrics', 'POST'],
    ]) {
      expect((await fetch(url + path, { method: method! })).status).toBe(404);
    }
  });

  it('says which setting is wrong where the port is taken', async () => {
    await using server = await start();
    const again = startMetricsServer(
      { metrics: createMetrics(), logger: createLogRecorder() },
      { host: '127.0.0.1', port: server.port },
    );
    await expect(again).rejects.toMatchObject({
      code: 'ENVIRONMENT',
      message: expect.stringMatching(/^metrics\.address: .*EADDRINUSE.*choose another port$/),
    });
  });

  it('ends with connections still open, and frees the port', async () => {
    const server = await start();
    const socket = connect(server.port, '127.0.0.1');
    const closed = new Promise((resolve) => socket.on('close', resolve));
    await new Promise((resolve) => socket.on('connect', resolve));
    await server[Symbol.asyncDispose]();
    await closed;
    await expect(fetch(`http://127.0.0.1:${server.port}/metrics`)).rejects.toThrow();
  });
});
