import { expect, it } from 'vitest';
import { rateGoals } from './goals.ts';
import type { CaseResult, StartFigures } from './start-figures.ts';

function caseOf(
  subjects: Readonly<Record<string, Partial<StartFigures>>>,
  changed: Partial<CaseResult> = {},
): CaseResult {
  const figures = { pull: 1, firstOutput: 2, ready: 3, bytes: 10e6, requests: 1, cpu: 1, rss: 1 };
  return {
    image: 'python',
    megabitsPerSecond: 100,
    readsAll: false,
    compressedBytes: 50e6,
    floor: { neededBytes: 10e6, transfer: 0.8, local: 1, manifest: 0.2, total: 2 },
    subjects: Object.entries(subjects).map(([subject, own]) => {
      const median = { ...figures, ...own };
      return { subject, rounds: [median], median };
    }),
    failed: [],
    ...changed,
  };
}

const verdicts = (one: CaseResult) => rateGoals(one).map(({ what, met }) => [what.split(':')[0], met]);

it.each([
  ['a quarter of overlayfs, where that is more', { overlayfs: { ready: 20 }, sluice: { ready: 4.9 } }, true],
  ['no more than that', { overlayfs: { ready: 20 }, sluice: { ready: 5.1 } }, false],
  ['1.4 of the floor, where that is more', { overlayfs: { ready: 4 }, sluice: { ready: 2.7 } }, true],
  ['nor more than that', { overlayfs: { ready: 4 }, sluice: { ready: 2.9 } }, false],
])('an untuned image may take %s', (_, subjects, met) => {
  expect(rateGoals(caseOf(subjects))[0]).toMatchObject({ unit: 's', met });
});

it('a learned start is rated by the floor, and both by the bytes that are needed', () => {
  const subjects = { overlayfs: {}, 'sluice-learned': { ready: 2.3, bytes: 13.1e6 } };
  expect(verdicts(caseOf(subjects))).toEqual([
    ['sluice-learned', true],
    ['sluice-learned', false],
  ]);
  expect(rateGoals(caseOf(subjects))[1]).toMatchObject({ value: 13.1, atMost: 13, unit: 'MB' });
});

it('a prefetch must not delay the first output', () => {
  const first = (firstOutput: number) =>
    rateGoals(caseOf({ overlayfs: {}, sluice: {}, 'sluice-optimized': { firstOutput } })).at(-1)!.met;
  expect([first(2.1), first(5)]).toEqual([true, false]);
});

it('where everything is read, nothing counts but overlayfs', () => {
  const subjects = {
    overlayfs: { ready: 10 },
    sluice: { ready: 10.4, bytes: 1e9 },
    'sluice-learned': { ready: 11 },
  };
  expect(verdicts(caseOf(subjects, { readsAll: true }))).toEqual([
    ['sluice', true],
    ['sluice-learned', false],
  ]);
});

it('nothing is rated by what was not measured', () => {
  expect(rateGoals(caseOf({ sluice: {} }))).toEqual([]);
  expect(rateGoals(caseOf({ overlayfs: {}, sluice: {} }, { floor: undefined }))).toEqual([]);
});
