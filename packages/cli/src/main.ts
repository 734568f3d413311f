import { createProcessTerminal } from './process-terminal.ts';
import { runCommand } from './run-command.ts';
import { readVersion } from './version.ts';

process.exitCode = await runCommand(process.argv.slice(2), {
  terminal: createProcessTerminal(process),
  version: readVersion(),
  env: process.env,
});
