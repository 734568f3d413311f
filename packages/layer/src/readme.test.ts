import { readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { buildEstargz, createMemoryBlob } from '@sluice/testkit/estargz';
import { expect, it } from 'vitest';
import * as layer from './index.ts';

it('reads a file out of a layer as the README shows', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const example = stripTypeScriptTypes(/```ts\n(.*?)```/s.exec(readme)![1]!);
  const [, names] = /import \{(.*?)\} from '@sluice\/layer';/.exec(example)!;
  const body = example.replace(/^import.*$/m, `const {${names}} = layer;`);
  const readFirstFile = new Function('layer', `${body}; return readFirstFile;`)(layer);
  const built = buildEstargz([
    { name: 'a', type: 'dir' },
    { name: 'b', type: 'reg', content: 'hello from a layer' },
    { name: 'c', type: 'reg', content: 'not this one' },
  ]);
  const bytes: Buffer = await readFirstFile(createMemoryBlob(built.blob), built.annotations);
  expect(bytes.toString()).toBe('hello from a layer');
});
