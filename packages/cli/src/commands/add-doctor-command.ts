import type { CommandContext } from './command-context.ts';

const explanation = `
This runs "sluiced doctor", whose --help says more, as the daemon itself has to be stopped.

Examples:
  sluice doctor
      what is wrong below /var/lib/sluice?
  sluice doctor --repair && systemctl start sluiced
      save what can be saved of a damaged database, and go on
  sluice doctor --root /srv/sluice --json | jq -r '.lost[].name'
      the names of lost snapshots, for a script`;

interface DoctorOptions {
  readonly root?: string;
  readonly config?: string;
  readonly repair?: true;
  readonly json?: true;
}

/** Runs the daemon's program with these arguments and this process's output; resolves with its status. */
export type RunDaemonProgram = (args: readonly string[]) => Promise<number>;

/** `sluice doctor` */
export function addDoctorCommand(
  context: Pick<CommandContext, 'program' | 'finish'> & { readonly runDaemonProgram: RunDaemonProgram },
): void {
  const { program, finish, runDaemonProgram } = context;
  program
    .command('doctor')
    .summary('look for what is wrong with the data of a stopped daemon, and mend it')
    .description('Looks for what is wrong with what a stopped sluiced keeps, and mends it.')
    .option('--root <dir>', 'root directory of the daemon (default: /var/lib/sluice)')
    .option('--config <file>', "the daemon's configuration file, for its root")
    .option('--repair', 'write a damaged database anew from what can be saved of it')
    .option('--json', 'print JSON instead of text')
    .addHelpText('after', explanation)
    .action(async (options: DoctorOptions) => {
      finish(await runDaemonProgram(['doctor', ...argumentsOf(options)]));
    });
}

function argumentsOf({ root, config, repair, json }: DoctorOptions): readonly string[] {
  return [
    ...(root === undefined ? [] : [`--root=${root}`]),
    ...(config === undefined ? [] : [`--config=${config}`]),
    ...(repair ? ['--repair'] : []),
    ...(json ? ['--json'] : []),
  ];
}
