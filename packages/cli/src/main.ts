import { release } from 'node:os';
import { createProcessTerminal } from './process-terminal.ts';
import { runCommand } from './run-command.ts';
import { runDaemonProgram } from './run-daemon-program.ts';
import { readVersion } from './version.ts';

process.exitCode = await runCommand(process.argv.slice(2), {
  terminal: createProcessTerminal(process),
  version: readVersion(),
  host: {
    platform: process.platform,
    release: release(),
    uid: process.getuid?.() ?? -1,
    fuseDevice: '/dev/fuse',
    fileSystems: '/proc/filesystems',
  },
  env: process.env,
  runDaemonProgram,
});
