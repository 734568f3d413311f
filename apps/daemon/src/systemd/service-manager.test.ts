import { createLogRecorder } from '@sluice/testkit/core';
import { describe, expect, it } from 'vitest';
import { startNotifySocket } from '../../test/notify-socket.ts';
import { waitUntil } from '../../test/wait-until.ts';
import { createServiceManager } from './service-manager.ts';

const logger = createLogRecorder();

describe('createServiceManager', () => {
  it('tells systemd, in the order in which it is told', async () => {
    using socket = await startNotifySocket();
    const manager = createServiceManager({ logger, env: { NOTIFY_SOCKET: socket.path }, pid: 1 });
    manager?.tell('READY=1', 'STATUS=two words');
    manager?.tell('STOPPING=1');
    await waitUntil(() => socket.told().length === 2, { what: 'systemd is told' });
    expect(socket.told()).toEqual(['READY=1\nSTATUS=two words', 'STOPPING=1']);
  });

  it('is none where systemd has not started the daemon', () => {
    expect(createServiceManager({ logger, env: {}, pid: 1 })).toBeUndefined();
  });

  it('logs what keeps systemd from being told, and lets the daemon go on', () => {
    const recorder = createLogRecorder();
    const env = { NOTIFY_SOCKET: '/nonexistent/notify' };
    createServiceManager({ logger: recorder, env, pid: 1 })?.tell('READY=1');
    const fields = { assignments: ['READY=1'], err: { code: 'ENOENT' } };
    expect(recorder.lines).toMatchObject([{ level: 'warn', fields }]);
  });

  it.each([
    [{ WATCHDOG_USEC: '15000000' }, 15_000],
    [{ WATCHDOG_USEC: '15000000', WATCHDOG_PID: '7' }, 15_000],
    [{ WATCHDOG_USEC: '15000000', WATCHDOG_PID: '8' }, undefined],
    [{ WATCHDOG_USEC: 'x' }, undefined],
    [{ WATCHDOG_USEC: '0' }, undefined],
    [{}, undefined],
  ])('knows from %j that the watchdog waits for %j ms', (env, watchdogMs) => {
    const manager = createServiceManager({ logger, env: { NOTIFY_SOCKET: '/n', ...env }, pid: 7 });
    expect(manager?.watchdogMs).toBe(watchdogMs);
  });
});
