import type { ContentReport } from '@sluice/admin-api';
import { exitStatus } from '../exit-status.ts';
import { formatBytes } from '../format/format-bytes.ts';
import { printable } from '../format/printable.ts';
import type { CommandContext } from './command-context.ts';

const explanation = `
Examples:
  sluice content verify
      is what was fetched still what it was?
  sluice content verify --repair
      remove what is damaged, so that it is fetched again
  sluice content verify --json | jq -r '.damaged[]'
      the digests of damaged contents, for a script`;

/** `sluice content` and its command */
export function addContentCommand({ program, terminal, client, finish }: CommandContext): void {
  program
    .command('content')
    .summary('verify the bytes of lazy layers on this disk')
    .description('Looks after the contents of lazy layers on this disk.')
    .helpCommand(false)
    .command('verify')
    .description(
      'Reads all contents again, of partial ones what readers are given as it is, and compares them with their digests.',
    )
    .option('--repair', 'remove damaged ones, so that they are fetched again when they are read')
    .option('--json', 'print JSON instead of text')
    .addHelpText('after', explanation)
    .action(async ({ repair = false, json }: { repair?: boolean; json?: true }) => {
      const say = (read: Pick<ContentReport, 'checked' | 'checkedBytes'>) => terminal.progress(soFar(read));
      const verifying = client().verifyContents({ repair, onProgress: say });
      const report = await verifying.finally(() => terminal.progress(''));
      terminal.out(json ? JSON.stringify(report, undefined, 2) : reportText(report, repair));
      finish(report.damaged.length > 0 && !repair ? exitStatus.unwell : exitStatus.ok);
    });
}

function soFar({ checked, checkedBytes }: Pick<ContentReport, 'checked' | 'checkedBytes'>): string {
  return `${checked} contents read, ${formatBytes(checkedBytes)}`;
}

function partialText(partial: NonNullable<ContentReport['partial']>): string {
  const { checked, checkedBytes, chunks, untrusted } = partial;
  const read = `${checked} partial contents, ${chunks} chunks of them read, ${formatBytes(checkedBytes)}`;
  return untrusted > 0 ? `${read}; ${untrusted} are verified before anybody reads them` : read;
}

function reportText(report: ContentReport, isRepaired: boolean): string {
  const { damaged, unknown, partial } = report;
  const verdict = damaged.length > 0 ? `${damaged.length} damaged` : 'all are right';
  const lines = [
    `${soFar(report)}: ${verdict}${unknown.length > 0 ? `, but for ${unknown.length} unknown` : ''}`,
    ...(partial ? [partialText(partial)] : []),
    ...damaged.map((digest) => `${isRepaired ? 'removed' : 'damaged'}  ${printable(digest)}`),
    ...unknown.map((digest) => `unknown  ${printable(digest)}`),
  ];
  if (damaged.length > 0 && !isRepaired)
    lines.push('-> sluice content verify --repair removes damaged contents');
  return lines.join('\n');
}
