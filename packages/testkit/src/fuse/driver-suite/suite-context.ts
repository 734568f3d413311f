import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FuseDriver, FuseLogger, FuseMount, FuseSource } from '@sluice/fuse';
import { afterAll, afterEach, beforeAll, beforeEach, it } from 'vitest';
import { type BuiltTree, buildTree } from '../build-tree.ts';
import { createMountClient, type MountClient } from '../client/create-mount-client.ts';
import { type ContentFiller, createContentFiller } from '../content-filler.ts';
import type { TreeNode } from '../tree-node.ts';
import type { Exemption } from './exemption.ts';

/** The driver that the suite is run on. */
export interface DriverFixture {
  createDriver(deps: { readonly logger: FuseLogger }): FuseDriver;
  /** Who uses the driver's mounts. A process, if it is left out. */
  createClient?(): MountClient;
  /** What the driver cannot do, with the reason, as its documentation says. Those tests are shown as skipped. */
  readonly exempt?: Partial<Record<Exemption, string>>;
}

export interface Served {
  readonly mount: FuseMount;
  readonly filler: ContentFiller;
  readonly built: BuiltTree;
}

/** What each test of the suite works with. */
export interface SuiteContext {
  readonly fixture: DriverFixture;
  readonly driver: FuseDriver;
  /** An empty directory of the test's own, which all users may enter. */
  readonly base: string;
  /** `<base>/mnt` */
  readonly mountpoint: string;
  readonly client: MountClient;
  /** Another one, the test's own to end. */
  createClient(): MountClient;
  /** Mounts a tree at `mountpoint`, or at another directory, which is made. */
  serve(root: TreeNode & { type: 'dir' }, options?: ServeOptions): Promise<Served>;
  at(...path: string[]): string;
  /** Declares a test, skipped for a driver that is exempt from it. */
  it(needs: Exemption, name: string, test: () => Promise<void>): void;
}

export interface ServeOptions {
  readonly mountpoint?: string;
  /** Runs before the mount, to put contents in place. */
  prepare?(built: BuiltTree, filler: ContentFiller): void;
  /** Instead of the filler. */
  readonly fill?: FuseSource['fill'];
}

/** One driver for all tests of the block: its threads are started once. */
export function useDriver(fixture: DriverFixture): SuiteContext {
  let base = '';
  let driver: FuseDriver;
  let client: MountClient;
  const served: FuseMount[] = [];
  const createClient = fixture.createClient ?? createMountClient;
  const logger = { debug() {}, error() {} };

  beforeAll(() => {
    driver = fixture.createDriver({ logger });
    client = createClient();
  });
  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), 'sluice-fuse-'));
    await chmod(base, 0o755);
    await mkdir(join(base, 'mnt'));
  });
  afterEach(async () => {
    for (const mount of served.splice(0)) await mount.unmount();
    await rm(base, { recursive: true });
  });
  afterAll(async () => {
    await client.kill();
    await driver.close();
  });

  const mountpoint = () => join(base, 'mnt');
  return {
    fixture,
    get driver() {
      return driver;
    },
    createClient,
    get client() {
      return client;
    },
    get base() {
      return base;
    },
    get mountpoint() {
      return mountpoint();
    },
    async serve(root, { mountpoint: place = mountpoint(), prepare, fill } = {}) {
      const built = buildTree(root, join(base, 'content'));
      const filler = createContentFiller(built);
      prepare?.(built, filler);
      await mkdir(place, { recursive: true });
      const { tree, content } = built;
      const mount = await driver.mount(place, { tree, content, fill: fill ?? filler.fill });
      served.push(mount);
      return { mount, filler, built };
    },
    at: (...path) => join(mountpoint(), ...path),
    it(needs, name, test) {
      const reason = fixture.exempt?.[needs];
      if (reason === undefined) it(name, test);
      else it.skip(`${name} (exempt: ${reason})`, test);
    },
  };
}
