import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { DaemonError } from '../daemon-error.ts';
import type { Flags } from '../flags.ts';
import type { Config } from './config.ts';
import { parseConfig } from './parse-config.ts';

/**
 * The configuration that the command line asks for: its file, if it names one, and its flags over that. Without
 * either, the defaults.
 *
 * @throws DaemonError CONFIG
 */
export function loadConfig(flags: Flags): Config {
  const parsed = flags.config ? parseConfig(read(flags.config), flags.config) : parseConfig('', 'defaults');
  const root = flags.root ? resolve(flags.root) : parsed.root;
  const address = flags.address ? resolve(flags.address) : parsed.address;
  return {
    ...parsed,
    root,
    address,
    admin: { address: parsed.admin.address ?? join(dirname(address), 'admin.sock') },
    log: { level: flags.logLevel ?? parsed.log.level },
  };
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`;
    throw new DaemonError('CONFIG', `--config ${file}: ${why}`, { cause });
  }
}
