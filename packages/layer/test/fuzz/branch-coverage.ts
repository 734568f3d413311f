import { type Profiler, Session } from 'node:inspector';

/** A stretch of a function's source that has run, and never before. */
export interface Region {
  /** The function. */
  readonly name: string;
  /** Characters from where the function begins: `start` up to, not including, `end`. */
  readonly start: number;
  readonly end: number;
}

/** Which code of some source files has run in this process. */
export interface BranchCoverage extends Disposable {
  /** What ran since the last call and is not noted. Takes a few milliseconds, whatever has run. */
  take(): readonly Region[];
  note(regions: readonly Region[]): void;
  /** Characters of source that were noted. */
  readonly noted: number;
}

/**
 * V8's precise coverage (Chrome DevTools Protocol, Profiler.startPreciseCoverage), over the files whose path contains
 * `path`. One at a time in a process; disposing stops it.
 */
export function createBranchCoverage(path: string): BranchCoverage {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  const noted = new Map<string, Uint8Array>();
  return {
    take: () =>
      takeCoverage(session)
        .filter((script) => script.url.includes(path))
        .flatMap((script) => script.functions.flatMap((found) => newRegions(script, found, noted))),
    note: (regions) => {
      for (const { name, start, end } of regions) noted.get(name)!.fill(1, start, end);
    },
    get noted() {
      return [...noted.values()].reduce((sum, ran) => sum + ran.filter((bit) => bit === 1).length, 0);
    },
    [Symbol.dispose]() {
      session.post('Profiler.stopPreciseCoverage');
      session.disconnect();
    },
  };
}

/** A session of the same thread answers before `post` returns. */
function takeCoverage(session: Session): readonly Profiler.ScriptCoverage[] {
  let scripts: readonly Profiler.ScriptCoverage[] = [];
  session.post('Profiler.takePreciseCoverage', (error, answer) => {
    if (error) throw error;
    scripts = answer.result;
  });
  return scripts;
}

/** V8 names the function's range first, then those within it that ran more or less often, outer before inner. */
function newRegions(
  script: Profiler.ScriptCoverage,
  { ranges }: Profiler.FunctionCoverage,
  noted: Map<string, Uint8Array>,
): Region[] {
  const [whole] = ranges;
  if (!whole || whole.count === 0) return [];
  const name = `${script.scriptId} ${whole.startOffset} ${whole.endOffset}`;
  const length = whole.endOffset - whole.startOffset;
  const ran = new Uint8Array(length);
  for (const { startOffset, endOffset, count } of ranges) {
    ran.fill(count > 0 ? 1 : 0, startOffset - whole.startOffset, endOffset - whole.startOffset);
  }
  const before = noted.get(name) ?? new Uint8Array(length);
  noted.set(name, before);
  const regions: Region[] = [];
  for (let start = 0; start < length; start++) {
    if (ran[start] === 0 || before[start] === 1) continue;
    let end = start + 1;
    while (end < length && ran[end] === 1 && before[end] === 0) end++;
    regions.push({ name, start, end });
    start = end;
  }
  return regions;
}
