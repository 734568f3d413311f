import {
  createKernelDriver,
  createNativeDriver,
  type FuseDriver,
  type FuseMount,
} from '../../packages/fuse/src/index.ts';
import { type BenchSize, benchSource } from './bench-tree.ts';
import { serveRequests } from './child.ts';
import type { ServerUsage } from './served-files.ts';

export type DriverName = 'kernel' | 'passthrough' | 'fuse-native';

type ServerRequest =
  | {
      readonly type: 'start';
      readonly driver: DriverName;
      readonly size: BenchSize;
      readonly content: string;
    }
  | { readonly type: 'mount'; readonly mountpoint: string }
  | { readonly type: 'unmount' }
  | { readonly type: 'usage' };

const logger = { debug() {}, error: (fields: unknown, message: string) => console.error(message, fields) };

let driver: FuseDriver | undefined;
let source: ReturnType<typeof benchSource> | undefined;
let mount: FuseMount | undefined;

function createDriver(name: DriverName): FuseDriver {
  if (name === 'fuse-native') return createNativeDriver({ logger });
  return createKernelDriver({ logger }, { passthrough: name === 'passthrough' ? 'auto' : 'off' });
}

async function answer(request: ServerRequest): Promise<ServerUsage | undefined> {
  if (request.type === 'start') {
    driver = createDriver(request.driver);
    source = benchSource(request.size, request.content);
  } else if (request.type === 'mount') mount = await driver!.mount(request.mountpoint, source!);
  else if (request.type === 'unmount') await mount?.unmount();
  else {
    const { user, system } = process.cpuUsage();
    const rssMib = process.memoryUsage.rss() / 2 ** 20;
    return { cpuMs: (user + system) / 1000, rssMib, stats: mount?.stats() };
  }
  return undefined;
}

serveRequests(answer, async () => await driver?.close());
