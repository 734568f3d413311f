import { resolve } from 'node:path';
import { exitStatus } from '../exit-status.ts';
import { formatBytes } from '../format/format-bytes.ts';
import { printable } from '../format/printable.ts';
import { writeNewFile } from '../write-new-file.ts';
import type { CommandContext } from './command-context.ts';

const explanation = `
The copy holds every snapshot that was acknowledged before the command began. It does not hold the files of the
layers. To go back to it: stop sluiced, put the file in the place of metadata.db in the daemon's root directory,
remove metadata.db-wal beside it, and start sluiced. Snapshots made since then are forgotten.

Examples:
  sluice backup /var/backups/sluice.db
      copy, while the daemon goes on
  sluice backup --force --json /var/backups/sluice.db
      replace an older copy, and print name and size for a script`;

/** `sluice backup` */
export function addBackupCommand({ program, terminal, client, finish }: CommandContext): void {
  program
    .command('backup')
    .summary("copy the snapshots' database while the daemon runs")
    .description("Copies the snapshots' database to a file while the daemon runs.")
    .argument('<file>', 'name of the copy')
    .option('--force', 'replace the file if there is one')
    .option('--json', 'print JSON instead of text')
    .addHelpText('after', explanation)
    .action(async (file: string, { json, force = false }: { json?: true; force?: boolean }) => {
      const path = resolve(file);
      const daemon = client();
      const sizeBytes = await writeNewFile(path, { replaces: force }, (write) => daemon.backup(write));
      const text = `${formatBytes(sizeBytes)} written to ${printable(path)}`;
      terminal.out(json ? JSON.stringify({ path, sizeBytes }, undefined, 2) : text);
      finish(exitStatus.ok);
    });
}
