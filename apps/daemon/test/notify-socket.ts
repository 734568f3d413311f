import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitUntil } from './wait-until.ts';

/** A socket that takes what systemd is told. Disposing it takes it away. */
export interface NotifySocket extends Disposable {
  /** For NOTIFY_SOCKET. */
  readonly path: string;
  /** The datagrams so far. */
  told(): readonly string[];
}

/** Node has no unix datagrams; Perl is in every Debian. It writes a line of NUL-ended datagrams as they come. */
const RECEIVE = `
  use Socket; $| = 1;
  socket(S, AF_UNIX, SOCK_DGRAM, 0) or die; bind(S, sockaddr_un($ARGV[0])) or die;
  open(OUT, ">>", $ARGV[1]) or die; select(OUT); $| = 1;
  while (defined recv(S, $text, 65536, 0)) { print OUT $text, "\\0" }`;

export async function startNotifySocket(): Promise<NotifySocket> {
  const directory = mkdtempSync(join(tmpdir(), 'notify-'));
  const [path, file] = [join(directory, 's'), join(directory, 'told')];
  writeFileSync(file, '');
  const flags = ['--pdeathsig', 'KILL', 'perl', '-e', RECEIVE, path, file];
  const child = spawn('setpriv', flags, { stdio: 'ignore' });
  const dispose = () => {
    child.kill('SIGKILL');
    rmSync(directory, { recursive: true });
  };
  try {
    await waitUntil(() => existsSync(path), { what: 'a socket is there that takes datagrams' });
  } catch (error) {
    dispose();
    throw error;
  }
  return {
    path,
    told: () => readFileSync(file, 'utf8').split('\0').slice(0, -1),
    [Symbol.dispose]: dispose,
  };
}
