import { create, type DescMessage, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import type { Mount, SnapshotInfo } from '@sluice/snapshotter-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Kind, Snapshots } from '../../gen/containerd/services/snapshots/v1/snapshots_pb.js';
import { encodeMounts } from './encode-mounts.ts';
import { InfoMessages } from './info-messages.ts';
import { toTimestamp } from './to-timestamp.ts';

/** Short and long, ASCII and not, and lengths around those at which the length takes one byte more. */
const text = fc
  .oneof(
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.tuple(
      fc.constantFrom('a', 'ü', '€', '🚢'),
      fc.constantFrom(0, 31, 42, 43, 63, 64, 127, 128, 5500, 16384),
    ),
  )
  .map((value) => (typeof value === 'string' ? value : value[0].repeat(value[1])));

const timeNs = fc.oneof(
  fc.bigInt({ min: -(2n ** 62n), max: 2n ** 63n }),
  fc.constantFrom(0n, 1n, 10n ** 9n, -1n),
);

const anyInfo: fc.Arbitrary<SnapshotInfo> = fc.record({
  name: text,
  parent: text,
  kind: fc.constantFrom('active', 'view', 'committed'),
  labels: fc.dictionary(text, text, { maxKeys: 5, noNullPrototype: true }),
  createdNs: timeNs,
  updatedNs: timeNs,
});

const anyMount: fc.Arbitrary<Mount> = fc.record({
  type: text,
  source: text,
  target: text,
  options: fc.array(text, { maxLength: 6 }),
});

/** What generated code makes of an answer. */
function expectedBytes(method: 'stat' | 'update' | 'list' | 'mounts' | 'prepare' | 'view', answer: object) {
  const schema: DescMessage = Snapshots.method[method].output;
  return Buffer.from(toBinary(schema, create(schema, answer as MessageInitShape<DescMessage>)));
}

function toMessage({ name, parent, kind, labels, createdNs, updatedNs }: SnapshotInfo) {
  const number = { view: Kind.VIEW, active: Kind.ACTIVE, committed: Kind.COMMITTED }[kind];
  const times = { createdAt: toTimestamp(createdNs), updatedAt: toTimestamp(updatedNs) };
  return { name, parent, kind: number, labels: { ...labels }, ...times };
}

it.each(['stat', 'update'] as const)(
  'the answer of %s has the bytes that generated code gives it',
  (name) => {
    fc.assert(
      fc.property(anyInfo, (info) => {
        const expected = expectedBytes(name, { info: toMessage(info) });
        const messages = new InfoMessages();
        expect(expected.equals(messages.one(info))).toBe(true);
        expect(expected.equals(messages.one(info))).toBe(true);
      }),
    );
  },
);

it('the answers of list have the bytes that generated code gives them, also when it is asked again', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyInfo, { minLength: 1, maxLength: 5 }), async (infos) => {
      const expected = expectedBytes('list', { info: infos.map(toMessage) });
      const messages = new InfoMessages();
      for (const _ of [1, 2]) {
        const answers = await collect(messages.many(pagesOf(infos, 2)));
        expect(expected.equals(Buffer.concat(answers))).toBe(true);
      }
    }),
  );
});

it('no message of a list has more than 100 snapshots, or much more than a MiB', async () => {
  const info = (labels: Record<string, string>): SnapshotInfo => ({
    name: 'n',
    parent: '',
    kind: 'view',
    labels,
    createdNs: 1n,
    updatedNs: 1n,
  });
  const messages = new InfoMessages();
  const sizes = async (infos: readonly SnapshotInfo[]) =>
    (await collect(messages.many(pagesOf(infos, 7)))).map((message) => message.length);
  const small = Array.from({ length: 250 }, () => info({}));
  const one = messages.one(small[0]!).length;
  expect(await sizes(small)).toEqual([100 * one, 100 * one, 50 * one]);
  const large = Array.from({ length: 30 }, () => info({ l: 'ü'.repeat(50_000) }));
  for (const size of await sizes(large)) expect(size).toBeLessThan(1.2 * 1024 * 1024);
  expect(await sizes([])).toEqual([]);
});

it.each(['mounts', 'prepare', 'view'] as const)(
  'the answer of %s has the bytes that generated code gives it',
  (name) => {
    fc.assert(
      fc.property(fc.array(anyMount, { maxLength: 3 }), (mounts) => {
        const copies = mounts.map((mount) => ({ ...mount, options: [...mount.options] }));
        expect(expectedBytes(name, { mounts: copies }).equals(encodeMounts(mounts))).toBe(true);
      }),
    );
  },
);

async function collect(messages: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const all: Uint8Array[] = [];
  for await (const message of messages) all.push(message);
  return all;
}

async function* pagesOf(infos: readonly SnapshotInfo[], size: number) {
  for (let at = 0; at < infos.length; at += size) yield infos.slice(at, at + size);
}
