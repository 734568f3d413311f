import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Server } from '@grpc/grpc-js';
import * as registryPackage from '@sluice/registry';
import { createTestRegistry } from '@sluice/testkit/registry';
import { expect, test } from 'vitest';
import { createImageClient } from '../test/image-client.ts';
import { pullMessage } from '../test/pull-message.ts';
import { imageServiceOf, serve } from '../test/serve.ts';
import * as criPackage from './index.ts';

type RegistryBehind = (server: Server, containerd: string) => registryPackage.RegistryClient;

async function exampleOf(name: string): Promise<RegistryBehind> {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const [, example = ''] = /```ts\n(.*?)```/s.exec(readme) ?? [];
  const body = stripTypeScriptTypes(example).replace(
    /import (\{.*?\}) from '(.*?)';/gs,
    (_all, names: string, from: string) => `const ${names} = modules['${from}'];`,
  );
  const modules = {
    '@sluice/cri-proxy': criPackage,
    '@sluice/registry': registryPackage,
    '@grpc/grpc-js': {},
  };
  return new Function('modules', `${body}; return ${name};`)(modules) as RegistryBehind;
}

test('a registry client knows what a kubelet pulled with, as the README shows', async () => {
  const registryBehind = await exampleOf('registryBehind');
  await using stack = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), 'sluice-readme-'));
  stack.defer(() => rm(dir, { recursive: true }));
  const account = { username: 'me', password: 'pull secret' };
  const registry = stack.use(await createTestRegistry({ auth: { kind: 'bearer', ...account } }));
  const [containerd, socket] = [join(dir, 'containerd.sock'), join(dir, 'sluice.sock')];
  stack.use(
    await serve(
      containerd,
      imageServiceOf((_name, call, answer) => answer(null, call.request)),
    ),
  );
  let client: registryPackage.RegistryClient | undefined;
  stack.use(
    await serve(socket, (server) => {
      client = stack.use(registryBehind(server, containerd));
    }),
  );
  const kubelet = stack.use(createImageClient(socket));
  const bytes = randomBytes(100);
  const reference = { host: registry.host, repository: 'team/app' };
  const blob = await client?.openBlob(reference, registry.addBlob(bytes), { size: 100 });

  await expect(blob?.read(0, 10)).rejects.toThrow('it gives no token without credentials');
  await kubelet.call('PullImage', pullMessage({ image: `${registry.host}/team/app:v1`, ...account }));
  expect(Buffer.from((await blob?.read(0, 10)) ?? []).equals(bytes.subarray(0, 10))).toBe(true);
});
