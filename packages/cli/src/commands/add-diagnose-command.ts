import { resolve } from 'node:path';
import { diagnose } from '../diagnose/diagnose.ts';
import type { Host } from '../diagnose/host.ts';
import { exitStatus } from '../exit-status.ts';
import { checkText } from '../format/check-text.ts';
import type { CommandContext } from './command-context.ts';

const explanation = `
It looks at the kernel, /dev/fuse, overlayfs, the file system of the root directory, the sockets, and asks the daemon.
It changes nothing, and works without a daemon, too.

Examples:
  sluice diagnose
      before the first start, and whenever something is wrong
  sluice diagnose --root /srv/sluice
      would this directory do?
  sluice diagnose --json | jq '.checks[] | select(.state == "bad")'
      what is wrong, for a script`;

/** `sluice diagnose` */
export function addDiagnoseCommand(context: CommandContext & { readonly host: Host }): void {
  const { program, terminal, client, finish, host } = context;
  program
    .command('diagnose')
    .summary('look for what is wrong on this machine')
    .description('Looks for what keeps the daemon from doing its work, and says how to mend it.')
    .option('--json', 'print JSON instead of text')
    .option('--root <dir>', 'root directory of a daemon that does not run', '/var/lib/sluice')
    .addHelpText('after', explanation)
    .action(async ({ json, root }: { json?: true; root: string }) => {
      const checks = await diagnose({ host, client: client(), root: resolve(root) });
      terminal.out(json ? JSON.stringify({ checks }, undefined, 2) : checkText(checks, terminal));
      finish(checks.some(({ state }) => state === 'bad') ? exitStatus.unwell : exitStatus.ok);
    });
}
