import { Command, Option } from 'commander';
import { logLevels } from './config/config-schema.ts';

/** What the command line says; what it does not say is undefined. */
export interface Flags {
  readonly root?: string;
  readonly address?: string;
  readonly config?: string;
  readonly logLevel?: (typeof logLevels)[number];
}

const examples = `
Examples:
  sluiced
      serve on /run/sluice/sluice.sock with everything below /var/lib/sluice
  sluiced --config /etc/sluice/sluice.toml --log-level debug
      with a configuration file, which says more than flags can
  sluiced --root /tmp/sluice --address /tmp/sluice.sock
      a second daemon beside the first, for trying things out
  sluiced doctor
      what is wrong below the root directory, while no daemon runs; doctor --help says more

SIGTERM and SIGINT stop it: calls in flight end first, a second signal ends it at once.
Point containerd at it with a proxy plugin of type "snapshot" and this address.`;

/**
 * Reads the command line. Help, version and mistakes are printed and end the process, as every command does it
 * (status 0, 0 and 1).
 *
 * @param argv without the interpreter and the script
 */
export function parseFlags(argv: readonly string[], version: string): Flags {
  const command = new Command('sluiced')
    .description('A containerd remote snapshotter: containers start before their images have arrived.')
    .version(version, '--version', 'print the version')
    .helpOption('--help', 'print this')
    .option('--root <dir>', 'directory for everything that is kept (default: /var/lib/sluice)')
    .option('--address <socket>', 'unix socket for containerd (default: /run/sluice/sluice.sock)')
    .option('--config <file>', 'configuration file in TOML; flags win over it (default: none)')
    .addOption(
      new Option('--log-level <level>', 'what is logged to stderr (default: info)').choices(logLevels),
    )
    .allowExcessArguments(false)
    .showHelpAfterError('(sluiced --help says more)')
    .addHelpText('after', examples);
  return command.parse(argv, { from: 'user' }).opts<Flags>();
}
