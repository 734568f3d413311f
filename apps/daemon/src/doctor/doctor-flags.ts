import { Command, CommanderError } from 'commander';

/** What the command line of `sluiced doctor` says. */
export interface DoctorFlags {
  readonly root?: string;
  readonly config?: string;
  readonly repair?: true;
  readonly json?: true;
}

const help = `
It reads the snapshots' database and looks which directories there are; sluiced has to be stopped. Without --repair it
changes nothing. With it, a damaged database is kept under another name, and a new one is written that holds every
snapshot which can still be read and whose layers are all there.

Examples:
  sluiced doctor
      what is wrong below /var/lib/sluice?
  sluiced doctor --repair && systemctl start sluiced
      save what can be saved, and go on
  sluiced doctor --root /srv/sluice --json | jq -r '.lost[].name'
      the names of lost snapshots, for a script

Exit status:
  0  nothing is wrong, or it is repaired
  1  something is wrong
  2  nothing could be looked at: the command line, a sluiced that runs, permissions`;

/**
 * Reads the command line.
 *
 * @param argv without the word `doctor`
 * @returns or with what status the process is to end: help was printed, or a mistake
 */
export function parseDoctorFlags(argv: readonly string[]): DoctorFlags | number {
  const command = new Command('sluiced doctor')
    .description('Looks for what is wrong with what a stopped sluiced keeps, and mends it.')
    .helpOption('--help', 'print this')
    .option('--root <dir>', 'root directory of the daemon (default: /var/lib/sluice)')
    .option('--config <file>', "the daemon's configuration file, for its root")
    .option('--repair', 'write a damaged database anew from what can be saved of it')
    .option('--json', 'print JSON instead of text')
    .allowExcessArguments(false)
    .showHelpAfterError('(sluiced doctor --help says more)')
    .addHelpText('after', help)
    .exitOverride();
  try {
    return command.parse(argv, { from: 'user' }).opts<DoctorFlags>();
  } catch (error) {
    // Commander has printed what there is to say.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    throw error;
  }
}
