import { Command, CommanderError, Option } from 'commander';
import { CliError } from './cli-error.ts';
import { createAdminClient } from './client/create-admin-client.ts';
import { addBackupCommand } from './commands/add-backup-command.ts';
import { addContentCommand } from './commands/add-content-command.ts';
import { addDiagnoseCommand } from './commands/add-diagnose-command.ts';
import { addDoctorCommand, type RunDaemonProgram } from './commands/add-doctor-command.ts';
import { addLsCommand } from './commands/add-ls-command.ts';
import { addProfileCommand } from './commands/add-profile-command.ts';
import { addStatusCommand } from './commands/add-status-command.ts';
import type { Host } from './diagnose/host.ts';
import { exitStatus } from './exit-status.ts';
import { printable } from './format/printable.ts';
import type { Terminal } from './terminal.ts';

export interface RunCommandDeps {
  readonly terminal: Terminal;
  readonly version: string;
  readonly host: Host;
  readonly runDaemonProgram: RunDaemonProgram;
  /** Only `SLUICE_ADMIN_ADDRESS` is looked at. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Runs one command line: prints what it asks for, or why it cannot be had.
 *
 * @param argv without the interpreter and the script
 * @returns the status of the process, see `exitStatus`
 */
export async function runCommand(argv: readonly string[], deps: RunCommandDeps): Promise<number> {
  let status: number = exitStatus.ok;
  const { terminal } = deps;
  const program = createProgram(deps);
  const context = {
    program,
    terminal,
    client: () => createAdminClient({ address: program.opts<{ address: string }>().address }),
    finish: (code: number) => {
      status = code;
    },
  };
  addStatusCommand(context);
  addLsCommand(context);
  addBackupCommand(context);
  addProfileCommand(context);
  addContentCommand(context);
  addDiagnoseCommand({ ...context, host: deps.host });
  addDoctorCommand({ ...context, runDaemonProgram: deps.runDaemonProgram });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return status;
  } catch (error) {
    return report(error, terminal);
  }
}

function createProgram({ terminal, version, env }: RunCommandDeps): Command {
  const write = (to: (text: string) => void) => (text: string) => to(text.replace(/\n$/, ''));
  const address = new Option('--address <socket>', 'admin socket of the daemon, or $SLUICE_ADMIN_ADDRESS');
  return new Command('sluice')
    .description('Shows what the Sluice daemon does, and mends what it keeps.')
    .version(version, '--version', 'print the version')
    .helpOption('--help', 'print this')
    .helpCommand(false)
    .addOption(address.default(env['SLUICE_ADMIN_ADDRESS'] || '/run/sluice/admin.sock'))
    .allowExcessArguments(false)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: write(terminal.out), writeErr: write(terminal.err) })
    .showHelpAfterError('(sluice --help says more)')
    .addHelpText('after', exitStatuses)
    .exitOverride();
}

const exitStatuses = `
Each command has --help with examples.

Exit status:
  0  done, and all is well
  1  done, but not all is well
  2  the command line is wrong
  3  no daemon answers
  4  not permitted: run it as root
  5  the answer is not understood: another version, or the daemon failed
  6  a file could not be read or written
  7  a file or a name is not what it has to be
  8  the registry refuses, or does not answer`;

function report(error: unknown, terminal: Terminal): number {
  // Commander has printed what there is to say. Its own statuses: 0 after --help and --version.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitStatus.ok : exitStatus.USAGE;
  if (!(error instanceof CliError)) throw error;
  terminal.err(printable(`sluice: ${error.message}`));
  return exitStatus[error.code];
}
