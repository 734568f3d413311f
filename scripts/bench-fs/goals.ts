import type { Measure, Round, SubjectResult } from './bench-result.ts';

/** What is to be reached, as a ratio in one run. */
export interface Goal {
  readonly what: string;
  readonly ratio: number;
  readonly atLeast?: number;
  readonly atMost?: number;
  readonly met: boolean;
}

interface Wanted {
  readonly measure: Measure;
  readonly subject: string;
  readonly to: string;
  readonly atLeast?: number;
  readonly atMost?: number;
}

const wanted: readonly Wanted[] = [
  { measure: 'sequentialFirst', subject: 'passthrough', to: 'plain', atLeast: 0.95 },
  { measure: 'sequentialAgain', subject: 'passthrough', to: 'plain', atLeast: 0.95 },
  { measure: 'randomFirst', subject: 'passthrough', to: 'plain', atLeast: 0.95 },
  { measure: 'walkFirst', subject: 'passthrough', to: 'stargz', atLeast: 1.5 },
  { measure: 'smallFirst', subject: 'passthrough', to: 'stargz', atLeast: 1.5 },
  { measure: 'serverCpuMs', subject: 'passthrough', to: 'stargz', atMost: 0.5 },
];

/** @returns the goals whose subjects were both measured */
export function rateGoals(results: readonly Pick<SubjectResult, 'subject' | 'rounds'>[]): Goal[] {
  return wanted.flatMap(({ measure, subject, to, ...bounds }) => {
    const ours = results.find((result) => result.subject === subject);
    const theirs = results.find((result) => result.subject === to);
    if (ours === undefined || theirs === undefined) return [];
    const ratio = ratioOf(measure, ours.rounds, theirs.rounds);
    const met = ratio >= (bounds.atLeast ?? 0) && ratio <= (bounds.atMost ?? Number.POSITIVE_INFINITY);
    return [{ what: `${measure} of ${subject} to ${to}`, ratio, ...bounds, met }];
  });
}

/** The median of the rounds' ratios: two subjects of one round had about the same machine. */
function ratioOf(measure: Measure, ours: readonly Round[], theirs: readonly Round[]): number {
  const ratios = ours.flatMap((round, i) => {
    const other = theirs[i]?.[measure];
    return other === undefined ? [] : [round[measure] / other];
  });
  return ratios.sort((a, b) => a - b)[ratios.length >> 1] ?? Number.NaN;
}
