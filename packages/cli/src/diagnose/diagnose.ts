import type { DaemonStatus } from '@sluice/admin-api';
import { CliError } from '../cli-error.ts';
import type { AdminClient } from '../client/admin-client.ts';
import type { Check } from './check.ts';
import { checkKernel } from './check-kernel.ts';
import { checkRoot } from './check-root.ts';
import { checkSocket } from './check-socket.ts';
import type { Host } from './host.ts';

export interface DiagnoseDeps {
  readonly host: Host;
  readonly client: AdminClient;
  /** Where the daemon is taken to keep everything, unless it says otherwise. */
  readonly root: string;
}

/** Looks at the machine and at the daemon. Changes nothing, and never rejects for what it finds. */
export async function diagnose({ host, client, root }: DiagnoseDeps): Promise<readonly Check[]> {
  const kernel = checkKernel(host);
  if (host.platform !== 'linux') return kernel;
  const status = await client.status().catch((error: unknown) => {
    if (error instanceof CliError) return error;
    throw error;
  });
  if (status instanceof CliError) return [...kernel, ...checkRoot(root), unreachable(status)];
  return [...kernel, ...checkRoot(status.root), checkSocket(status.address), ...health(status)];
}

/** The message of the client says what to do as well: it is all one sentence. */
function unreachable({ message, code }: CliError): Check {
  return { name: 'daemon', state: code === 'NOT_PERMITTED' ? 'unknown' : 'bad', detail: message };
}

function health({ healthy, problems, version, pid }: DaemonStatus): readonly Check[] {
  if (healthy) return [{ name: 'daemon', state: 'ok', detail: `sluiced ${version}, pid ${pid}, is healthy` }];
  return problems.map((detail) => ({ name: 'daemon', state: 'bad', detail }));
}
