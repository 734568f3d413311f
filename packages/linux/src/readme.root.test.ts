import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const packageDir = fileURLToPath(new URL('..', import.meta.url));

it("runs the README's example", () => {
  const example = /```ts\n([\s\S]*?)```/.exec(readFileSync(`${packageDir}/README.md`, 'utf8'))?.[1] ?? '';
  const args = ['--conditions=source', '--input-type=module-typescript', '-e', example];
  expect(execFileSync(process.execPath, args, { cwd: packageDir, encoding: 'utf8' })).toBe('world tmpfs\n');
});
