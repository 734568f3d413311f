import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StargzProgram } from '../bench-fs/stargz/find-stargz.ts';
import type { LabContext } from '../lab/lab-context.ts';
import { type Sluiced, startSluiced } from '../lab/start-sluiced.ts';
import type { Variant } from './publish-image.ts';
import { startStargz } from './start-stargz.ts';

/** A way to bring an image and to start it. */
export interface Subject {
  readonly name: string;
  readonly what: string;
  /** The form of the image that it takes. */
  readonly variant: Variant;
  /** What it reads is what others may learn: the image is started without any help. */
  readonly teaches?: boolean;
  /** Needs what a start of the image has read. */
  readonly learned?: boolean;
  /** Starts its snapshotter, with nothing in it. Left out where that is containerd's own, `overlayfs`. */
  start?(context: LabContext, options: SnapshotterOptions): Promise<Snapshotter>;
}

export interface SnapshotterOptions {
  /** A directory for its files, which is not there yet. */
  readonly home: string;
  /** Of the registry, which speaks plain HTTP. */
  readonly host: string;
  /** What a start of the image has read; for those that need it. */
  readonly profile?: string | undefined;
  /** The program of the stargz snapshotter, if there is one. */
  readonly stargz?: StargzProgram | undefined;
}

/** A snapshotter that serves. Disposing it ends it. */
export interface Snapshotter extends AsyncDisposable {
  /** Of the proxy plugin in containerd's configuration. */
  readonly name: string;
  readonly address: string;
  readonly pid: number;
  /** What it has learned of the starts of an image, if it does that: JSON; undefined if nothing yet. */
  learned?(reference: string): Promise<string | undefined>;
}

const sluice: Subject['start'] = async (context, { home, host, profile }) => {
  const sluiced = await startSluiced(context, home, writeConfig(home, host));
  if (profile !== undefined) await sluiced.admin('/v1/profile', profile);
  return {
    name: 'sluice',
    address: sluiced.address,
    pid: sluiced.pid,
    learned: (reference) => profileOf(sluiced, reference),
    [Symbol.asyncDispose]: () => sluiced[Symbol.asyncDispose](),
  };
};

export const subjects: readonly Subject[] = [
  { name: 'overlayfs', what: "containerd's own snapshotter, the ordinary image", variant: 'plain' },
  {
    name: 'stargz',
    what: 'the stargz snapshotter, an eStargz image that nobody has tuned',
    variant: 'estargz',
    start: startStargz,
  },
  {
    name: 'stargz-optimized',
    what: 'the stargz snapshotter, an image that ctr-remote has optimized (landmarks)',
    variant: 'optimized',
    start: startStargz,
  },
  {
    name: 'sluice',
    what: 'Sluice, an eStargz image that nobody has tuned',
    variant: 'estargz',
    teaches: true,
    start: sluice,
  },
  {
    name: 'sluice-learned',
    what: 'the same, after an earlier start; contents are gone',
    variant: 'estargz',
    learned: true,
    start: sluice,
  },
  {
    name: 'sluice-optimized',
    what: 'Sluice, an image that ctr-remote has optimized (landmarks)',
    variant: 'optimized',
    start: sluice,
  },
];

function writeConfig(home: string, host: string): string {
  const hosts = `${home}-hosts`;
  mkdirSync(join(hosts, host), { recursive: true });
  writeFileSync(join(hosts, host, 'hosts.toml'), `server = "http://${host}"\n`);
  const file = `${home}.toml`;
  writeFileSync(file, `[registry]\nconfig_path = ${JSON.stringify(hosts)}\n`);
  return file;
}

async function profileOf(sluiced: Sluiced, reference: string): Promise<string | undefined> {
  const { profiles } = JSON.parse(await sluiced.admin('/v1/profiles'));
  const row = profiles.find((profile: { reference: string }) => profile.reference === reference);
  return row && (await sluiced.admin(`/v1/profile?image=${encodeURIComponent(row.image)}`));
}

/** The forms of images that these take. */
export function variantsOf(chosen: readonly Subject[]): Variant[] {
  return [...new Set(chosen.map(({ variant }) => variant))];
}
