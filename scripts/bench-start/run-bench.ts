import { join } from 'node:path';
import { findStargz, type StargzProgram } from '../bench-fs/stargz/find-stargz.ts';
import { labTools } from '../lab/lab-tools.ts';
import { requireMachine } from '../lab/requirements.ts';
import { runInLab } from '../lab/run-in-lab.ts';
import type { BenchImage } from './bench-image.ts';
import type { BenchOrder } from './bench-order.ts';
import type { Link } from './link.ts';
import { type MadeImage, makeImage } from './make-image.ts';
import { missingVariants } from './publish-image.ts';
import type { BenchResult } from './start-figures.ts';
import { subjects as allSubjects, variantsOf } from './subjects.ts';

export interface BenchOptions {
  readonly images: readonly BenchImage[];
  readonly links: readonly Link[];
  readonly rounds: number;
  /** Names of the subjects to measure. */
  readonly subjects: readonly string[];
  readonly onProgress: (what: string) => void;
  /** Ends it early. */
  readonly signal: AbortSignal;
}

const workspace = join(import.meta.dirname, '..', '..');
const cacheDir = join(workspace, '.cache');

/**
 * Makes the images that are not in the cache yet, and measures their starts. Leaves nothing but the cache: no process,
 * no mount, no network, no other file.
 *
 * @throws LabError
 */
export async function runBench(options: BenchOptions): Promise<BenchResult> {
  const { links, rounds, subjects, signal } = options;
  requireMachine({ what: 'The benchmark', command: 'npm run bench -- start', neededBytes: 6e9 });
  const more = { ip: 'iproute2', tc: 'iproute2' };
  const tools = join(cacheDir, 'packages', 'demo');
  const env = await labTools({ cacheDir: tools, task: 'bench', more, signal });
  const wanted = variantsOf(allSubjects.filter(({ name }) => subjects.includes(name)));
  const images: MadeImage[] = [];
  for (const image of options.images) {
    const isPublished = (made: MadeImage) => missingVariants(made, { cacheDir, wanted }).length === 0;
    images.push(await makeImage(image, isPublished, { ...options, cacheDir }));
  }
  return await runInLab<BenchOrder, BenchResult>({
    task: 'bench',
    program: join(import.meta.dirname, 'inside.ts'),
    order: { cacheDir, images, links, rounds, subjects, stargz: stargzFor(options) },
    env,
    ownNetwork: true,
    signal,
  });
}

/** Undefined, and said, where it cannot be had: everything else can be measured without it. */
function stargzFor({ subjects, onProgress }: BenchOptions): StargzProgram | undefined {
  if (!subjects.some((name) => name.startsWith('stargz'))) return undefined;
  try {
    return findStargz(workspace);
  } catch (error) {
    onProgress((error as Error).message);
    return undefined;
  }
}
