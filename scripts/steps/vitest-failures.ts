import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

/** What is used of the report of vitest's `json` reporter (that of jest). */
interface VitestReport {
  readonly testResults?: readonly FileResult[];
}

interface FileResult {
  readonly name: string;
  readonly status: string;
  /** Why the file as a whole has failed. */
  readonly message?: string;
  readonly assertionResults: readonly TestResult[];
}

interface TestResult {
  readonly fullName: string;
  readonly status: string;
  readonly failureMessages?: readonly string[];
}

/** Enough for an assertion, its two values and the lines that lead to it. */
const MAX_LINES = 20;

/** Names what has failed by a report, each with its file and the first lines of its messages. */
export function failuresOfVitest(report: VitestReport): string[] {
  return (report.testResults ?? []).flatMap((file) => {
    const path = relative(process.cwd(), file.name);
    const failed = file.assertionResults.filter(({ status }) => status === 'failed');
    if (failed.length === 0) return file.status === 'failed' ? [describe(path, [file.message ?? ''])] : [];
    return failed.map((test) => describe(`${path}: ${test.fullName}`, test.failureMessages ?? []));
  });
}

function describe(what: string, messages: readonly string[]): string {
  const lines = stripVTControlCharacters(messages.join('\n'))
    .split('\n')
    .filter(isTelling)
    .slice(0, MAX_LINES);
  return [what, ...lines.map((line) => `    ${line}`)].join('\n');
}

/** Not the test runner's own calls. */
function isTelling(line: string): boolean {
  return line.trim() !== '' && !/^\s+at .*(\/node_modules\/|new Promise)/.test(line);
}
