import { readFileSync } from 'node:fs';
import { availableParallelism, release } from 'node:os';
import { join } from 'node:path';
import type { LabContext } from '../lab/lab-context.ts';
import type { BenchOrder } from './bench-order.ts';
import { measureCase } from './measure-case.ts';
import { publishImage } from './publish-image.ts';
import { startFarSide } from './start-far-side.ts';
import type { BenchResult, CaseResult } from './start-figures.ts';
import { subjects, variantsOf } from './subjects.ts';

/** The benchmark, in namespaces of its own. Everything that it starts ends before it returns. */
export async function measureAll(context: LabContext, order: BenchOrder): Promise<BenchResult> {
  const { cacheDir, images, links, rounds, stargz } = order;
  const date = new Date().toISOString();
  const loadBefore = loadAverage();
  const requestDelayMs = links[0]!.requestDelayMs;
  const storage = join(cacheDir, 'bench-start', 'registry');
  const cases: CaseResult[] = [];
  {
    await using far = await startFarSide(context, { storage, requestDelayMs });
    const chosen = subjects.filter(({ name }) => order.subjects.includes(name));
    for (const image of images) {
      const published = await context.progress.stage(`${image.name}: image in the registry`, () =>
        publishImage(context, image, { host: far.host, cacheDir, wanted: variantsOf(chosen) }),
      );
      // What was learned over one link holds for the other.
      const learned = { profile: undefined };
      for (const link of links) {
        cases.push(
          await measureCase(context, {
            far,
            image,
            published,
            link,
            rounds,
            learned,
            stargz,
            subjects: chosen,
          }),
        );
      }
    }
  }
  return {
    kernel: release(),
    date,
    processors: availableParallelism(),
    load: [loadBefore, loadAverage()],
    rounds,
    requestDelayMs,
    cases,
  };
}

function loadAverage(): number {
  return Number(readFileSync('/proc/loadavg', 'utf8').split(' ')[0]);
}
