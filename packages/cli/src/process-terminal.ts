import type { Terminal } from './terminal.ts';

type Process = Pick<NodeJS.Process, 'env' | 'exit'> & {
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
};

/**
 * The terminal of a process: colour only where a person reads, and did not forbid it (no-color.org). A reader
 * that leaves, such as `head`, ends the process quietly.
 */
export function createProcessTerminal({ env, stdout, stderr, exit }: Process): Terminal {
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return exit();
    throw error;
  });
  return {
    out: (text) => void stdout.write(`${text}\n`),
    err: (text) => void stderr.write(`${text}\n`),
    // ECMA-48: EL, erase to the end of the line.
    progress: (text) => void (stderr.isTTY === true && stderr.write(`\r${text}\u001b[K`)),
    hasColour: stdout.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb',
    now: Date.now,
  };
}
