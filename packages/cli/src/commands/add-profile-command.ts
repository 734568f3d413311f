import { resolve } from 'node:path';
import type { Command } from 'commander';
import { CliError } from '../cli-error.ts';
import { exitStatus } from '../exit-status.ts';
import { printable } from '../format/printable.ts';
import { profileTable, rangeTable } from '../format/profile-table.ts';
import { findProfile, findProfileRow } from '../profiles/find-profile.ts';
import { readProfileFile } from '../profiles/read-profile-file.ts';
import { writeNewFile } from '../write-new-file.ts';
import type { CommandContext } from './command-context.ts';

const explanation = `
A profile says which parts of its layers an image reads while it starts. The daemon learns it the first time, and fetches
those parts first the next time. It means the same on every machine.

An image is named by its reference, by the digest of its manifest, or by the first digits of that.

Examples:
  sluice profile ls
      what was learned
  sluice profile export registry.example/app:1 app.json
      keep a profile in a file; without a file, print it
  sluice profile import app.json
      give it to the daemon of another machine
  sluice profile push registry.example/app:1
      store it beside the image, in the image's registry
  sluice profile pull registry.example/app:1
      fetch it from there, on another machine`;

/** `sluice profile` and its commands */
export function addProfileCommand(context: CommandContext): void {
  const profile = context.program
    .command('profile')
    .summary('show, carry and forget what was learned of the starts of images')
    .description(
      'Shows what the daemon has learned of the starts of images, and carries it to other machines.',
    )
    .helpCommand(false)
    .addHelpText('after', explanation);
  addLs(profile, context);
  addShow(profile, context);
  addExport(profile, context);
  addImport(profile, context);
  addPush(profile, context);
  addPull(profile, context);
  addRm(profile, context);
}

function addLs(profile: Command, { terminal, client, finish }: CommandContext): void {
  profile
    .command('ls')
    .description('Lists the profiles that the daemon has, by the references of the images.')
    .option('--json', 'print JSON instead of a table')
    .option('--full', 'show digests whole')
    .action(async ({ json, full = false }: { json?: true; full?: boolean }) => {
      const list = await client().profiles();
      const options = { nowMs: terminal.now(), isFull: full };
      terminal.out(json ? JSON.stringify(list, undefined, 2) : profileTable(list.profiles, options));
      finish(exitStatus.ok);
    });
}

function addShow(profile: Command, { terminal, client, finish }: CommandContext): void {
  profile
    .command('show')
    .description('Shows which bytes of its layers an image reads while it starts, in the order of the reads.')
    .argument('<image>', 'reference, or digest of the manifest')
    .option('--json', 'print JSON instead of a table')
    .action(async (image: string, { json }: { json?: true }) => {
      const found = await findProfile(client(), image);
      terminal.out(json ? JSON.stringify(found, undefined, 2) : rangeTable(found));
      finish(exitStatus.ok);
    });
}

function addExport(profile: Command, { terminal, client, finish }: CommandContext): void {
  profile
    .command('export')
    .description('Writes a profile to a file, or to standard output.')
    .argument('<image>', 'reference, or digest of the manifest')
    .argument('[file]', 'name of the file')
    .option('--force', 'replace the file if there is one')
    .action(async (image: string, file: string | undefined, { force = false }: { force?: boolean }) => {
      const text = JSON.stringify(await findProfile(client(), image));
      if (file === undefined || file === '-') terminal.out(text);
      else await writeNewFile(resolve(file), { replaces: force }, (write) => write(Buffer.from(`${text}\n`)));
      finish(exitStatus.ok);
    });
}

function addImport(profile: Command, { terminal, client, finish }: CommandContext): void {
  profile
    .command('import')
    .description('Gives profiles to the daemon, in the place of those that it has of the same images.')
    .argument('<file...>', 'files that export wrote; - for standard input')
    .option('--json', 'print JSON instead of text')
    .action(async (files: string[], { json }: { json?: true }) => {
      const daemon = client();
      const imported = [];
      for (const file of files) {
        const row = await daemon.importProfile(await readProfileFile(file));
        imported.push(row);
        if (!json)
          terminal.out(`imported the profile of ${printable(row.reference)} (${printable(row.image)})`);
      }
      if (json) terminal.out(JSON.stringify({ profiles: imported }, undefined, 2));
      finish(exitStatus.ok);
    });
}

function addRm(profile: Command, { terminal, client, finish }: CommandContext): void {
  profile
    .command('rm')
    .description('Has the daemon forget what it has learned of the starts of an image.')
    .argument('<image...>', 'reference, or digest of the manifest')
    .option('--json', 'print JSON instead of text')
    .action(async (images: string[], { json }: { json?: true }) => {
      const daemon = client();
      const removed = [];
      for (const image of images) {
        const row = await findProfileRow(daemon, image);
        await daemon.removeProfile(row.image);
        removed.push(row);
        if (!json)
          terminal.out(`removed the profile of ${printable(row.reference)} (${printable(row.image)})`);
      }
      if (json) terminal.out(JSON.stringify({ profiles: removed }, undefined, 2));
      finish(exitStatus.ok);
    });
}

function addPush(profile: Command, { terminal, client, finish }: CommandContext): void {
  profile
    .command('push')
    .description('Stores profiles beside their images, in the registry of each, as OCI artifacts.')
    .argument('<image...>', 'reference, or digest of the manifest')
    .option('--json', 'print JSON instead of text')
    .action(async (images: string[], { json }: { json?: true }) => {
      const daemon = client();
      const pushed = [];
      for (const image of images) {
        const row = await daemon.pushProfile((await findProfileRow(daemon, image)).image);
        pushed.push(row);
        if (!json)
          terminal.out(
            `pushed the profile of ${printable(row.reference)} (${printable(row.image)}) as ${printable(row.artifact)}`,
          );
      }
      if (json) terminal.out(JSON.stringify({ profiles: pushed }, undefined, 2));
      finish(exitStatus.ok);
    });
}

function addPull(profile: Command, { terminal, client, finish }: CommandContext): void {
  profile
    .command('pull')
    .description('Has the daemon fetch and keep what lies beside images in their registries.')
    .argument('<reference...>', 'reference of an image')
    .option('--json', 'print JSON instead of text')
    .action(async (references: string[], { json }: { json?: true }) => {
      const daemon = client();
      const pulled = [];
      for (const reference of references) {
        const { profiles } = await daemon.pullProfiles(reference);
        if (profiles.length === 0)
          throw new CliError('INVALID', `there is no profile beside ${reference} in its registry`);
        pulled.push(...profiles);
        for (const { image } of json ? [] : profiles)
          terminal.out(`pulled the profile of ${printable(reference)} (${printable(image)})`);
      }
      if (json) terminal.out(JSON.stringify({ profiles: pulled }, undefined, 2));
      finish(exitStatus.ok);
    });
}
