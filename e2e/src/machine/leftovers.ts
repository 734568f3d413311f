import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readSnapshots } from '../clients/admin.ts';
import { mountsBelow } from './mounts-below.ts';
import type { ClusterNode } from './start-node.ts';

const TIMEOUT_MS = 10_000;

/**
 * What a node still has of snapshots: names, directories, mounts. Waits for them to go, as containerd may collect
 * garbage when it likes; after a while it returns what is there.
 */
export async function leftovers(node: ClusterNode): Promise<string[]> {
  const deadlineMs = Date.now() + TIMEOUT_MS;
  let found = await listLeftovers(node);
  while (found.length > 0 && Date.now() < deadlineMs) {
    await delay(100);
    found = await listLeftovers(node);
  }
  return found;
}

async function listLeftovers(node: ClusterNode): Promise<string[]> {
  const { root, adminAddress } = node.sluiced;
  const directory = join(root, 'snapshots');
  return [
    ...(await readSnapshots(adminAddress)).map(({ name }) => `snapshot ${name}`),
    ...(existsSync(directory) ? readdirSync(directory) : []).map((name) => `directory ${name}`),
    ...mountsBelow(directory).map((at) => `mount ${at}`),
  ];
}
