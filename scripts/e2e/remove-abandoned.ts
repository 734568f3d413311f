import { existsSync } from 'node:fs';
import type { ContainerEngine } from './container-engine.ts';

/** Removes containers of runs that were killed before they could: the process is in the name. */
export async function removeAbandoned(engine: ContainerEngine): Promise<void> {
  const list = ['ps', '--all', '--filter', 'label=sluice-e2e', '--format', '{{.Names}}'];
  for (const name of (await engine.run(list)).stdout.split('\n')) {
    const pid = /^sluice-e2e-(\d+)-/.exec(name)?.[1];
    if (pid && !existsSync(`/proc/${pid}`)) await engine.run(['rm', '--force', name], { mayFail: true });
  }
}
