import { join } from 'node:path';
import { labTools } from '../lab/lab-tools.ts';
import { requireMachine } from '../lab/requirements.ts';
import { runInLab } from '../lab/run-in-lab.ts';
import type { DemoFigures } from './demo-figures.ts';

const cache = join(import.meta.dirname, '..', '..', '.cache');

/**
 * Makes an image, pulls and runs it lazily through Sluice and whole through containerd's overlayfs, and returns how
 * long that took and what it fetched. Writes a line a stage to stderr. Leaves nothing running or mounted, and no
 * files but the tools in the workspace's `.cache`; if it fails, the programs' logs are there too.
 *
 * @param signal ends it early
 * @throws LabError
 */
export async function runDemo(signal: AbortSignal = new AbortController().signal): Promise<DemoFigures> {
  requireMachine({ what: 'The demo', command: 'npm run demo', neededBytes: 3e9 });
  const env = await labTools({ cacheDir: join(cache, 'packages', 'demo'), task: 'demo', signal });
  return await runInLab({
    task: 'demo',
    program: join(import.meta.dirname, 'inside.ts'),
    order: {},
    env,
    signal,
  });
}
