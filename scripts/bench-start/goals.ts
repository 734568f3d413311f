import type { CaseResult, StartFigures } from './start-figures.ts';

/** What is to be reached in one case. */
export interface Goal {
  readonly what: string;
  readonly value: number;
  readonly atMost: number;
  readonly unit: 's' | 'MB';
  readonly met: boolean;
}

/** What has to be measured for a goal. */
interface Measured {
  readonly of: (subject: string) => StartFigures | undefined;
  readonly floor: NonNullable<CaseResult['floor']>;
  readonly overlayfs: StartFigures;
}

type Wanted = (measured: Measured) => Omit<Goal, 'met'> | undefined;

/** Where a part of the image is read. */
const ofParts: readonly Wanted[] = [
  ({ of, floor, overlayfs }) =>
    ready(of('sluice'), {
      what: 'sluice: ready in 0.25 of overlayfs, or in 1.4 of the floor where that is more',
      atMost: Math.max(0.25 * overlayfs.ready, 1.4 * floor.total),
    }),
  ({ of, floor }) =>
    ready(of('sluice-learned'), {
      what: 'sluice-learned: ready in 1.2 of the floor',
      atMost: 1.2 * floor.total,
    }),
  ...['sluice', 'sluice-learned'].map(
    (subject): Wanted =>
      ({ of, floor }) => {
        const figures = of(subject);
        if (!figures) return undefined;
        const what = `${subject}: 1.3 of the bytes that are needed`;
        return { what, value: figures.bytes / 1e6, atMost: (1.3 * floor.neededBytes) / 1e6, unit: 'MB' };
      },
  ),
  ({ of }) => {
    const [prefetching, without] = [of('sluice-optimized'), of('sluice')];
    if (!prefetching || !without) return undefined;
    const what = 'sluice-optimized: the first output as early as without a prefetch, within a tenth';
    return { what, value: prefetching.firstOutput, atMost: 1.1 * without.firstOutput, unit: 's' };
  },
];

/** Where all of it is read. */
const ofAll: readonly Wanted[] = ['sluice', 'sluice-learned', 'sluice-optimized'].map(
  (subject) =>
    ({ of, overlayfs }) =>
      ready(of(subject), { what: `${subject}: ready in 1.05 of overlayfs`, atMost: 1.05 * overlayfs.ready }),
);

function ready(
  figures: StartFigures | undefined,
  goal: Pick<Goal, 'what' | 'atMost'>,
): Omit<Goal, 'met'> | undefined {
  return figures && { ...goal, value: figures.ready, unit: 's' };
}

/** @returns the goals of a case for which all was measured, by the medians */
export function rateGoals({ subjects, floor, readsAll }: CaseResult): Goal[] {
  const of = (name: string) => subjects.find(({ subject }) => subject === name)?.median;
  const overlayfs = of('overlayfs');
  if (!overlayfs || !floor) return [];
  return (readsAll ? ofAll : ofParts).flatMap((wanted) => {
    const goal = wanted({ of, floor, overlayfs });
    return goal ? [{ ...goal, met: goal.value <= goal.atMost }] : [];
  });
}
