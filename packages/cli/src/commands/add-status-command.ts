import { exitStatus } from '../exit-status.ts';
import { statusText } from '../format/status-text.ts';
import type { CommandContext } from './command-context.ts';

const examples = `
Examples:
  sluice status
      a page for people
  sluice status --json | jq .content.bytesFetched
      one number for a script
  sluice status >/dev/null || echo "sluiced needs care"
      ends with 0 only if the daemon is healthy`;

/** `sluice status` */
export function addStatusCommand({ program, terminal, client, finish }: CommandContext): void {
  program
    .command('status')
    .summary('show whether the daemon is well, and what it holds')
    .description('Shows whether the daemon is well, and what it holds.')
    .option('--json', 'print JSON instead of text')
    .addHelpText('after', examples)
    .action(async ({ json }: { json?: true }) => {
      const status = await client().status();
      terminal.out(json ? JSON.stringify(status, undefined, 2) : statusText(status, terminal));
      finish(status.healthy ? exitStatus.ok : exitStatus.unwell);
    });
}
