import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { CliError } from './cli-error.ts';

/**
 * Runs `sluiced`: the one of the same workspace, else the one on the PATH. It has this process's input and output.
 *
 * @param program defaults to the one of the workspace
 * @returns its status; 128 and the signal's number if a signal ended it, as shells say it
 * @throws CliError UNREACHABLE if there is none
 */
export async function runDaemonProgram(
  args: readonly string[],
  program = fileURLToPath(new URL('../../../apps/daemon/bin/sluiced', import.meta.url)),
): Promise<number> {
  const command = existsSync(program) ? program : 'sluiced';
  const child = spawn(command, args, { stdio: 'inherit' });
  try {
    const [status, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    return status ?? 128 + constants.signals[signal!];
  } catch (cause) {
    const why =
      (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is none on the PATH' : String(cause);
    throw new CliError(
      'UNREACHABLE',
      `cannot run sluiced: ${why}; run "sluiced ${args.join(' ')}" yourself`,
      {
        cause,
      },
    );
  }
}
