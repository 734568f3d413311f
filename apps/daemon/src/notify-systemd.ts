import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Logger } from '@sluice/snapshotter-core';

export interface NotifySystemdDeps {
  readonly logger: Logger;
  /** The variables of this process. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Far more than it takes; a manager that does not answer must not keep the daemon from serving or ending. */
const timeoutMs = 5000;

/**
 * Tells systemd how the daemon is, if systemd has started it and wants to know (NOTIFY_SOCKET is set; sd_notify(3)).
 * Node has no datagrams on unix sockets, so systemd's own command sends it: the unit has NotifyAccess=all. Resolves
 * when systemd knows, and logs why it does not; never rejects.
 */
export async function notifySystemd(
  { logger, env }: NotifySystemdDeps,
  state: 'READY=1' | 'STOPPING=1',
): Promise<void> {
  if (!env['NOTIFY_SOCKET']) return;
  try {
    await promisify(execFile)('systemd-notify', [state], { env, timeout: timeoutMs });
  } catch (err) {
    logger.warn({ err, state }, 'systemd cannot be told how the daemon is: is systemd-notify on the PATH?');
  }
}
