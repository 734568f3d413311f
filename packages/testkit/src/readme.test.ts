import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const packageDir = fileURLToPath(new URL('..', import.meta.url));
const readme = readFileSync(`${packageDir}/README.md`, 'utf8');

test("the README's example prints what the README says", () => {
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const printed = /prints\n\n```\n([\s\S]*?)```/.exec(readme)?.[1];
  const args = ['--conditions=source', '--input-type=module-typescript', '-e', example];
  const options = { cwd: packageDir, encoding: 'utf8', timeout: 15_000 } as const;
  expect(execFileSync(process.execPath, args, options)).toBe(printed);
});

test.each(['core', 'estargz', 'fuse', 'registry'])(
  'the README has a section on every entry of the package: %s',
  (entry) => {
    const [, section = ''] = readme.split(`## \`@sluice/testkit/${entry}\``);
    const index = readFileSync(`${packageDir}/src/${entry}/index.ts`, 'utf8');
    const described = [
      ...section.split('\n## ')[0]!.matchAll(/`((?:create(?!Fixture)|build|make|start|scan)\w+|\w+Suite)/g),
    ];
    expect(described.length).toBeGreaterThan(2);
    for (const [, name] of described) expect(index).toContain(name);
  },
);
