import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface DockerRegistryOptions {
  /** The executable. */
  readonly program: string;
  /** Lines of an htpasswd file, with bcrypt; without it everybody may do everything. */
  readonly htpasswd?: string;
  /** Sent with what `push` sends. */
  readonly authorization?: string;
}

/** The registry of the distribution project, on 127.0.0.1, with a directory of its own. */
export interface DockerRegistry extends AsyncDisposable {
  readonly host: string;
  /** @returns the digest */
  pushBlob(repository: string, bytes: Uint8Array): Promise<string>;
  pushManifest(repository: string, tag: string, manifest: object): Promise<string>;
  /** Ends it, as a crash does. */
  kill(): Promise<void>;
}

const START_MS = 20_000;

export async function startDockerRegistry(options: DockerRegistryOptions): Promise<DockerRegistry> {
  await using stack = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), 'sluice-docker-registry-'));
  stack.defer(() => rm(dir, { recursive: true, force: true }));
  const host = `127.0.0.1:${await freePort()}`;
  const config = join(dir, 'config.yml');
  if (options.htpasswd !== undefined) await writeFile(join(dir, 'htpasswd'), options.htpasswd);
  await writeFile(config, configOf(dir, host, options.htpasswd !== undefined));
  const child = spawn(options.program, ['serve', config], { stdio: 'ignore' });
  const kill = () => ended(child);
  stack.defer(kill);
  await answering(host, child);
  const headers = options.authorization === undefined ? {} : { authorization: options.authorization };
  const owned = stack.move();
  return {
    host,
    pushBlob: (repository, bytes) => pushBlob(`http://${host}/v2/${repository}`, bytes, headers),
    pushManifest: (repository, tag, manifest) =>
      pushManifest(`http://${host}/v2/${repository}/manifests/${tag}`, manifest, headers),
    kill,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function configOf(dir: string, host: string, withAuth: boolean): string {
  const auth = withAuth ? `auth: {htpasswd: {realm: test, path: ${join(dir, 'htpasswd')}}}\n` : '';
  const storage = `storage: {filesystem: {rootdirectory: ${join(dir, 'data')}}}\n`;
  return `version: 0.1\nlog: {level: error}\n${storage}http: {addr: "${host}"}\n${auth}`;
}

async function pushBlob(
  repository: string,
  bytes: Uint8Array,
  headers: Readonly<Record<string, string>>,
): Promise<string> {
  const digest = digestOf(bytes);
  const begun = await fetch(`${repository}/blobs/uploads/`, { method: 'POST', headers });
  const location = new URL(begun.headers.get('location') ?? '', repository);
  location.searchParams.set('digest', digest);
  await expectStatus(await fetch(location, { method: 'PUT', headers, body: Buffer.from(bytes) }), 201);
  return digest;
}

async function pushManifest(
  url: string,
  manifest: object,
  headers: Readonly<Record<string, string>>,
): Promise<string> {
  const body = JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    ...manifest,
  });
  const typed = { ...headers, 'content-type': 'application/vnd.oci.image.manifest.v1+json' };
  await expectStatus(await fetch(url, { method: 'PUT', headers: typed, body }), 201);
  return digestOf(Buffer.from(body));
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

async function expectStatus(response: Response, status: number): Promise<void> {
  const text = await response.text();
  if (response.status !== status) throw new Error(`docker-registry answers ${response.status}: ${text}`);
}

async function answering(host: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + START_MS;
  while (Date.now() < deadline && child.exitCode === null) {
    if (
      await fetch(`http://${host}/v2/`).then(
        () => true,
        () => false,
      )
    )
      return;
    await sleep(50);
  }
  throw new Error(`docker-registry does not answer at ${host} (exit status ${child.exitCode})`);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { readonly port: number };
  server.close();
  await once(server, 'close');
  return port;
}
