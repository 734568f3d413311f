import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { failuresOfVitest } from './vitest-failures.ts';

const name = join(process.cwd(), 'packages', 'a', 'a.test.ts');
const passed = { fullName: 'a thing works', status: 'passed', failureMessages: [] };

describe('failuresOfVitest', () => {
  it('names each failed test by its file and its name, and says why', () => {
    const failed = { ...passed, fullName: 'a thing holds', status: 'failed' };
    const failureMessages = [
      'AssertionError: \u001b[31mexpected\u001b[39m 1 to be 2\n    at a.test.ts:3:1\n    at f (file:///x/node_modules/y.js:1:2)',
    ];
    const assertionResults = [passed, { ...failed, failureMessages }];
    expect(failuresOfVitest({ testResults: [{ name, status: 'failed', assertionResults }] })).toEqual([
      [
        'packages/a/a.test.ts: a thing holds',
        '    AssertionError: expected 1 to be 2',
        '        at a.test.ts:3:1',
      ].join('\n'),
    ]);
  });

  it('names a file that has failed before any of its tests', () => {
    const file = { name, status: 'failed', message: 'SyntaxError: what is that', assertionResults: [passed] };
    expect(failuresOfVitest({ testResults: [file] })).toEqual([
      'packages/a/a.test.ts\n    SyntaxError: what is that',
    ]);
  });

  it('says nothing of what has passed', () => {
    expect(
      failuresOfVitest({ testResults: [{ name, status: 'passed', assertionResults: [passed] }] }),
    ).toEqual([]);
  });

  it('keeps a long message short', () => {
    const failureMessages = [Array.from({ length: 1000 }, (_, line) => `line ${line}`).join('\n')];
    const assertionResults = [{ ...passed, status: 'failed', failureMessages }];
    const [failure] = failuresOfVitest({ testResults: [{ name, status: 'failed', assertionResults }] });
    expect(failure?.split('\n')).toHaveLength(21);
  });
});
