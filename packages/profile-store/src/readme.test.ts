import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const packageDir = fileURLToPath(new URL('..', import.meta.url));

test("the README's example prints what the README says", () => {
  const readme = readFileSync(`${packageDir}/README.md`, 'utf8');
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const printed = /prints\n\n```\n([\s\S]*?)```/.exec(readme)?.[1];
  const args = ['--conditions=source', '--input-type=module-typescript', '-e', example];
  expect(execFileSync(process.execPath, args, { cwd: packageDir, encoding: 'utf8' })).toBe(printed);
});
