import { exitStatus } from '../exit-status.ts';
import { snapshotTable } from '../format/snapshot-table.ts';
import type { CommandContext } from './command-context.ts';

const explanation = `
Columns:
  ID, PARENT  numbers of the snapshot and of the one that it stands on
  KIND        active (writable), view (read-only) or committed (may be a parent)
  LAZY        whether its content is a layer that is fetched when it is read
  HERE        of a lazy layer: bytes on this disk, of bytes in all, uncompressed
  REASON      why a layer is not lazy that was to be, or what is wrong with a lazy one

Examples:
  sluice ls
      a table, oldest first
  sluice ls --json | jq -r '.snapshots[] | select(.lazy) | .name'
      the names of all lazy snapshots`;

/** `sluice ls` */
export function addLsCommand({ program, terminal, client, finish }: CommandContext): void {
  program
    .command('ls')
    .summary('list snapshots')
    .description('Lists snapshots, oldest first.')
    .option('--json', 'print JSON instead of a table')
    .option('--full', 'show digests whole')
    .addHelpText('after', explanation)
    .action(async ({ json, full = false }: { json?: true; full?: boolean }) => {
      const list = await client().snapshots();
      const options = { nowMs: terminal.now(), isFull: full };
      terminal.out(json ? JSON.stringify(list, undefined, 2) : snapshotTable(list.snapshots, options));
      finish(exitStatus.ok);
    });
}
