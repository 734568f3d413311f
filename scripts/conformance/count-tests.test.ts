import { expect, test } from 'vitest';
import { countTests } from './count-tests.ts';

const lines = (...events: object[]) => events.map((event) => JSON.stringify(event)).join('\n');

test('counts tests that contain no others, by how they ended', () => {
  const counted = countTests(
    lines(
      { Action: 'run', Test: 'T' },
      { Action: 'run', Test: 'T/A' },
      { Action: 'output', Test: 'T/A', Output: 'fine\n' },
      { Action: 'pass', Test: 'T/A', Elapsed: 0.5 },
      { Action: 'run', Test: 'T/B' },
      { Action: 'output', Test: 'T/B', Output: 'wrong\n' },
      { Action: 'fail', Test: 'T/B', Elapsed: 1 },
      { Action: 'skip', Test: 'T/C', Elapsed: 0 },
      { Action: 'fail', Test: 'T', Elapsed: 2 },
      { Action: 'fail', Elapsed: 2 },
    ),
  );
  expect(counted).toEqual({
    passed: 1,
    failed: 1,
    lines: ['pass A (0.5 s)', 'fail B (1 s)', 'skip C (0 s)'],
    output: 'wrong\n',
  });
});

test('a test that does not end has failed', () => {
  const counted = countTests(`${lines({ Action: 'run', Test: 'T/A' })}\n{"Action":"out`);
  expect(counted).toMatchObject({ passed: 0, failed: 1 });
});

test('a suite that does not compile has no tests', () => {
  expect(countTests('# command-line-arguments\nFAIL\n')).toMatchObject({ passed: 0, failed: 0 });
});
