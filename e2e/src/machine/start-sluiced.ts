import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { answersGrpc } from '../clients/answers-grpc.ts';
import { type ServerProcess, startProcess } from '../process/start-process.ts';
import { places } from './places.ts';

export interface Sluiced extends ServerProcess {
  /** Everything that it keeps. */
  readonly root: string;
  /** Path of its socket for containerd. */
  readonly address: string;
  readonly adminAddress: string;
}

/** Starts the daemon as its users do. What an earlier one has left in the directory is found again. */
export async function startSluiced(directory: string): Promise<Sluiced> {
  mkdirSync(directory, { recursive: true });
  const [root, address] = [join(directory, 'root'), join(directory, 'sluice.sock')];
  const [adminAddress, config] = [join(directory, 'admin.sock'), join(directory, 'sluice.toml')];
  writeFileSync(config, `root = "${root}"\naddress = "${address}"\n[admin]\naddress = "${adminAddress}"\n`);
  const server = await startProcess({
    command: [join(places.workspace, 'apps', 'daemon', 'bin', 'sluiced'), '--config', config],
    logFile: join(directory, 'sluiced.log'),
    ready: () => answersGrpc(address),
  });
  return { ...server, root, address, adminAddress };
}
