/** What `go test -json` has said of tests. */
export interface CountedTests {
  /** Tests that contain no others. */
  readonly passed: number;
  readonly failed: number;
  /** One for each of these tests: 'pass Basic (0.3 s)'. */
  readonly lines: readonly string[];
  /** What the failed ones have printed. */
  readonly output: string;
}

/** One line of the output; see `go doc test2json`. */
interface TestEvent {
  readonly Action?: string;
  readonly Test?: string;
  readonly Output?: string;
  readonly Elapsed?: number;
}

/** Counts tests by the lines of `go test -json`. A test that has begun and not ended, as in a panic, has failed. */
export function countTests(events: string): CountedTests {
  const all = events.split('\n').flatMap(parseEvent);
  const names = [...new Set(all.map(({ Test }) => Test ?? '').filter((name) => name !== ''))];
  const leaves = names.filter((name) => !names.some((other) => other.startsWith(`${name}/`)));
  const results = leaves.map((name) => {
    const own = all.filter(({ Test }) => Test === name);
    const end = own.find(({ Action }) => Action === 'pass' || Action === 'fail' || Action === 'skip');
    const output = own.map(({ Output }) => Output ?? '').join('');
    return { name, action: end?.Action ?? 'fail', seconds: end?.Elapsed ?? 0, output };
  });
  const count = (action: string) => results.filter((result) => result.action === action).length;
  return {
    passed: count('pass'),
    failed: count('fail'),
    lines: results.map(
      ({ name, action, seconds }) => `${action} ${name.replace(/^[^/]*\//, '')} (${seconds} s)`,
    ),
    output: results.map(({ action, output }) => (action === 'fail' ? output : '')).join(''),
  };
}

function parseEvent(line: string): TestEvent[] {
  if (!line.startsWith('{')) return [];
  try {
    return [JSON.parse(line) as TestEvent];
  } catch {
    // Cut off where the process was killed.
    return [];
  }
}
