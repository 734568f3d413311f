import { create, type DescMessage, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import type { SnapshotInfo } from '@sluice/snapshotter-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Snapshots } from '../../gen/containerd/services/snapshots/v1/snapshots_pb.js';
import { answerEncoders } from './encode-answers.ts';
import { toInfoMessage, toMountMessages } from './to-message.ts';

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

const info: fc.Arbitrary<SnapshotInfo> = fc.record({
  name: text,
  parent: text,
  kind: fc.constantFrom('active', 'view', 'committed'),
  labels: fc.dictionary(text, text, { maxKeys: 5, noNullPrototype: true }),
  createdNs: timeNs,
  updatedNs: timeNs,
});

const mount = fc.record({
  type: text,
  source: text,
  target: text,
  options: fc.array(text, { maxLength: 6 }),
});

const answers: Readonly<Record<string, fc.Arbitrary<object>>> = {
  stat: info.map((one) => ({ info: toInfoMessage(one) })),
  update: info.map((one) => ({ info: toInfoMessage(one) })),
  list: fc.array(info, { maxLength: 5 }).map((infos) => ({ info: infos.map(toInfoMessage) })),
  mounts: fc.array(mount, { maxLength: 3 }).map((mounts) => ({ mounts: toMountMessages(mounts) })),
  prepare: fc.array(mount, { maxLength: 3 }).map((mounts) => ({ mounts: toMountMessages(mounts) })),
  view: fc.array(mount, { maxLength: 3 }).map((mounts) => ({ mounts: toMountMessages(mounts) })),
};

it('there is one for just these methods', () => {
  expect(Object.keys(answerEncoders).toSorted()).toEqual(Object.keys(answers).toSorted());
});

it.each(Object.keys(answers))('the answers of %s have the bytes that generated code gives them', (name) => {
  const schema: DescMessage = Snapshots.method[name as 'stat'].output;
  fc.assert(
    fc.property(answers[name]!, (answer) => {
      const expected = toBinary(schema, create(schema, answer as MessageInitShape<DescMessage>));
      expect(Buffer.from(answerEncoders[name]!(answer as never)).equals(expected)).toBe(true);
    }),
  );
});
