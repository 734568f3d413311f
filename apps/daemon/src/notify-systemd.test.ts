import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogRecorder } from '@sluice/testkit/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { notifySystemd } from './notify-systemd.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-notify-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** A `systemd-notify` that leaves what it was told, and where to, in a file. */
function setUp(script = 'echo "$NOTIFY_SOCKET $*" >> "$0.told"') {
  const command = join(directory, 'systemd-notify');
  writeFileSync(command, `#!/bin/sh\n${script}\n`);
  chmodSync(command, 0o755);
  const logger = createLogRecorder();
  const env = { PATH: `${directory}:${process.env['PATH']}`, NOTIFY_SOCKET: '/run/systemd/notify' };
  return { logger, env, told: () => readFileSync(`${command}.told`, 'utf8'), toldFile: `${command}.told` };
}

describe('notifySystemd', () => {
  it('has systemd told through its socket', async () => {
    const { logger, env, told } = setUp();
    await notifySystemd({ logger, env }, 'READY=1');
    await notifySystemd({ logger, env }, 'STOPPING=1');
    expect(told()).toBe('/run/systemd/notify READY=1\n/run/systemd/notify STOPPING=1\n');
    expect(logger.lines).toEqual([]);
  });

  it('does nothing where systemd has not started the daemon', async () => {
    const { logger, env, toldFile } = setUp();
    await notifySystemd({ logger, env: { PATH: env.PATH } }, 'READY=1');
    expect(existsSync(toldFile)).toBe(false);
  });

  it('logs what went wrong, and lets the daemon go on', async () => {
    const { logger, env } = setUp('echo "no such socket" >&2; exit 1');
    await notifySystemd({ logger, env }, 'READY=1');
    expect(logger.lines).toMatchObject([{ level: 'warn', fields: { state: 'READY=1' } }]);
    await notifySystemd({ logger, env: { ...env, PATH: '/nonexistent' } }, 'READY=1');
    expect(logger.lines).toHaveLength(2);
  });
});
