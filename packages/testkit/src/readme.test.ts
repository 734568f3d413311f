import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { testReadmeExample } from './readme/index.ts';

const packageDir = fileURLToPath(new URL('..', import.meta.url));
const readme = readFileSync(`${packageDir}/README.md`, 'utf8');

testReadmeExample(new URL('..', import.meta.url));

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
