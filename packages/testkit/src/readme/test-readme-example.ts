import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

/** Far more than an example takes, on a machine that others use too. */
const TIMEOUT_MS = 60_000;

/**
 * Declares a test: the first example of a package's README (a block marked `ts`) runs, in the package's directory and from
 * its sources, and prints what the README says it prints: the block below a line that begins with "prints".
 *
 * @param packageDir ends with a slash: `new URL('..', import.meta.url)` for a test in `src`
 */
export function testReadmeExample(packageDir: URL): void {
  test("the README's example prints what the README says", { timeout: TIMEOUT_MS }, () => {
    const readme = readFileSync(new URL('README.md', packageDir), 'utf8');
    const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
    const printed = /^prints[^`\n]*\n\n```\n([\s\S]*?)```/m.exec(readme)?.[1];
    const args = ['--conditions=source', '--input-type=module-typescript', '-e', example];
    const options = { cwd: fileURLToPath(packageDir), encoding: 'utf8', timeout: TIMEOUT_MS } as const;
    expect(execFileSync(process.execPath, args, options)).toBe(printed);
  });
}
