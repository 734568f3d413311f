import type { Command } from 'commander';
import type { AdminClient } from '../client/admin-client.ts';
import type { Terminal } from '../terminal.ts';

/** What each command is made with. */
export interface CommandContext {
  readonly program: Command;
  readonly terminal: Terminal;
  /** The daemon that the command line names. */
  client(): AdminClient;
  /** Says what the process ends with. */
  finish(status: number): void;
}
