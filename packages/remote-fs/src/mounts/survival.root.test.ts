import { existsSync, readdirSync } from 'node:fs';
import { mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connectHolder, createLastingHolder, type LastingHolder } from '@sluice/holder';
import { closeDescriptor, listMounts, MountFlag, mount, mountAt, unmount } from '@sluice/linux';
import { buildEstargz } from '@sluice/testkit/estargz';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeTestRoot, type OpenFileSystem, type TestRoot } from '../../test/test-file-system.ts';
import { makeTestImage, type TestImage } from '../../test/test-image.ts';
import { eventually, noise } from '../../test/test-layer.ts';

const big = noise(3 << 20);
const layer = buildEstargz(
  [
    { name: 'greeting', type: 'reg', content: 'hello' },
    { name: 'farewell', type: 'reg', content: 'goodbye' },
    { name: 'big', type: 'reg', content: big },
  ],
  { chunkSizeBytes: 256 * 1024 },
);

let root: TestRoot;
let image: TestImage;
let holder: LastingHolder;
let mountpoint: string;
let stack: AsyncDisposableStack;

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  root = stack.use(await makeTestRoot());
  stack.defer(() => {
    const left = listMounts().filter((found) => found.mountPoint.startsWith(`${root.path}/`));
    for (const { mountPoint } of left.reverse()) unmount(mountPoint, { detach: true });
  });
  image = stack.use(await makeTestImage([layer]));
  stack.defer(endHolder);
  holder = stack.use(
    createLastingHolder({ logger: root.logger }, { socketPath: join(root.path, 'h.sock'), idleExitMs: 300 }),
  );
  mountpoint = await root.mountpoint('fs');
});
afterEach(() => stack.disposeAsync());

/** What is still held is of no use to anybody. */
async function endHolder(): Promise<void> {
  const running = await connectHolder({ socketPath: join(root.path, 'h.sock') }).catch(() => undefined);
  if (!running) return;
  process.kill(running.pid, 'SIGKILL');
  await running.closed;
}

const start = (keeper: LastingHolder | undefined = holder): OpenFileSystem =>
  stack.use(root.open(image.client, {}, { keeper }));
const text = (name: string, at = mountpoint) => readFile(join(at, name), 'utf8');
const messages = () => root.logger.lines.map(({ message }) => message);
const labels = () => image.criLabels(layer);
const heldNames = async () => (await holder.list()).map(({ name }) => name);
const opensFiles = () => (existsSync(join(root.path, 'run')) ? readdirSync(join(root.path, 'run')) : []);

/** Holds what is held with other states. @returns the states before */
async function replaceState(replace: (state: string) => string): Promise<string[]> {
  const all = await holder.list();
  for (const { name, state } of all) {
    const device = await holder.take(name);
    await holder.release(name);
    await holder.hold(name, device, replace(state));
    closeDescriptor(device);
  }
  return all.map(({ state }) => state);
}

/** What a container has: the layer below an overlay, which keeps using it whatever happens to the mountpoint. */
async function overlayOn(lower: string): Promise<string> {
  const target = join(root.path, 'merged');
  const dirs = { upperdir: join(root.path, 'upper'), workdir: join(root.path, 'work') };
  for (const path of [target, ...Object.values(dirs)]) await mkdir(path, { recursive: true });
  const data = `lowerdir=${lower},upperdir=${dirs.upperdir},workdir=${dirs.workdir}`;
  mount({ source: 'overlay', target, type: 'overlay', flags: MountFlag.NODEV, data });
  return target;
}

describe('a layer whose server crashed', () => {
  it('is served again at its place by the next one, without a request to the registry for it', async () => {
    const first = start();
    await first.fileSystem.mount(mountpoint, labels());
    expect(await text('greeting')).toBe('hello');
    const device = (await stat(mountpoint)).dev;
    await first.crash();
    const requests = image.blobRequests();
    const second = start();
    await second.fileSystem.restore(mountpoint, labels());
    expect((await stat(mountpoint)).dev).toBe(device);
    expect(await text('greeting')).toBe('hello');
    expect(image.blobRequests()).toBe(requests);
    expect(second.fileSystem.describe(mountpoint)).toMatchObject({ layerDigest: layer.digest });
  });

  it('answers what was asked for while nobody served it', async () => {
    const first = start();
    await first.fileSystem.mount(mountpoint, labels());
    const file = await open(join(mountpoint, 'big'));
    await first.crash();
    const reading = file.readFile();
    const looking = text('farewell');
    start();
    expect((await reading).equals(big)).toBe(true);
    expect(await looking).toBe('goodbye');
    await file.close();
  });

  it('is given up, with word of it, where nobody kept it, and mounted anew', async () => {
    const first = start(undefined);
    await first.fileSystem.mount(mountpoint, labels());
    await first.crash();
    const second = start();
    await second.fileSystem.restore(mountpoint, labels());
    expect(await text('greeting')).toBe('hello');
  });

  it('is mounted anew where what was kept of it cannot be read, and the log says who is concerned', async () => {
    const first = start();
    await first.fileSystem.mount(mountpoint, labels());
    await replaceState(() => '{"version":0}');
    await first.crash();
    const second = start();
    await second.fileSystem.restore(mountpoint, labels());
    expect(await text('greeting')).toBe('hello');
    expect(messages()).toContain(
      'a mount cannot be served any more: restart the containers that use the layer',
    );
  });

  it('is mounted anew where a newer version kept it; its containers wait for that version, and read on', async () => {
    const first = start();
    await first.fileSystem.mount(mountpoint, labels());
    const merged = await overlayOn(mountpoint);
    const [before = ''] = await replaceState((state) =>
      JSON.stringify({ ...JSON.parse(state), version: 99 }),
    );
    await first.crash();
    const second = start();
    await second.fileSystem.restore(mountpoint, labels());
    expect(await text('greeting')).toBe('hello');
    expect(messages().join()).toContain('a mount was kept by a newer version of this program');
    const reading = text('greeting', merged);
    expect(await Promise.race([reading, delay(300, 'waits')])).toBe('waits');
    await second.crash();
    await replaceState((state) => (state.includes('99') ? before : state));
    start();
    expect(await reading).toBe('hello');
    unmount(merged);
  });

  it('is no longer kept where a newer version kept it and its containers are gone', async () => {
    const first = start();
    await first.fileSystem.mount(mountpoint, labels());
    await replaceState(() => '{"version":99}');
    await first.crash();
    unmount(mountpoint, { detach: true });
    start();
    await eventually(async () => (await heldNames()).length === 0);
    expect(messages().join()).not.toContain('a newer version');
  });

  it('waits for the registry where its index is gone, and is served when the registry is back', async () => {
    const first = start();
    await first.fileSystem.mount(mountpoint, labels());
    await first.crash();
    await rm(join(root.path, 'layers'), { recursive: true });
    image.registry.faults.always(() => ({ kind: 'status', status: 503 }));
    const second = start();
    const restoring = second.fileSystem.restore(mountpoint, labels());
    await eventually(() =>
      messages().includes('a mount cannot be served yet: containers that read from it wait'),
    );
    // At this place, a new one would have to come from the registry, too.
    await expect(restoring).rejects.toMatchObject({ reason: 'registry-unavailable' });
    expect(await heldNames()).toHaveLength(1);
    image.registry.faults.always(undefined);
    await eventually(() => messages().includes('a mount is served again'));
  });
});

describe('a layer whose server is stopped', () => {
  it('is taken away, and nothing is kept of it, if nobody uses it', async () => {
    const first = start();
    await first.fileSystem.mount(mountpoint, labels());
    expect(await heldNames()).toHaveLength(1);
    await first[Symbol.asyncDispose]();
    expect(mountAt(mountpoint)).toBeUndefined();
    await eventually(async () => (await heldNames()).length === 0);
    expect(opensFiles()).toEqual([]);
  });

  it('goes on below a running container, and is mounted anew for the next ones', async () => {
    const first = start();
    await first.fileSystem.mount(mountpoint, labels());
    const merged = await overlayOn(mountpoint);
    const file = await open(join(merged, 'big'));
    await first[Symbol.asyncDispose]();
    expect(mountAt(mountpoint)).toBeUndefined();
    const reading = file.readFile();
    const second = start();
    expect((await reading).equals(big)).toBe(true);
    await second.fileSystem.restore(mountpoint, labels());
    expect(await text('farewell')).toBe('goodbye');
    expect(await text('farewell', merged)).toBe('goodbye');
    expect(await heldNames()).toHaveLength(2);
    await file.close();
    unmount(merged);
    await eventually(async () => (await heldNames()).length === 1);
    expect(opensFiles()).toHaveLength(1);
  });
});

it('is served without a holder where none can be started, and the log says what that means', async () => {
  const impossible = stack.use(
    createLastingHolder({ logger: root.logger }, { socketPath: join(root.path, 'n'.repeat(120)) }),
  );
  const { fileSystem } = start(impossible);
  await fileSystem.mount(mountpoint, labels());
  expect(await text('greeting')).toBe('hello');
  expect(messages()).toContain('a mount will not survive a restart of this process');
});
