import type { FuzzInput } from './fuzz-input.ts';
import { packParts, unpackParts } from './layer-parts.ts';
import { mutateJson } from './mutate-json.ts';
import type { Random } from './random.ts';

/** Inputs do not grow beyond this: it keeps many of them in a second. */
const longestBytes = 256 * 1024;

/** Makes an input that is a little different; `others` lend it pieces of theirs. */
export function mutate(input: FuzzInput, others: readonly FuzzInput[], random: Random): FuzzInput {
  let { bytes } = input;
  // One most often: every further one makes it likelier that the input is refused at the first of them.
  for (let left = random.pick([1, 1, 1, 2, 4]); left > 0; left--) {
    bytes =
      input.kind === 'layer' && random.below(10) > 0
        ? mutateParts(bytes, random)
        : mutateBytes(bytes, random.pick(others).bytes, random);
  }
  return { kind: input.kind, bytes: bytes.subarray(0, longestBytes) };
}

/** The table of contents says where all else is: most mutations are for it. */
function mutateParts(bytes: Uint8Array, random: Random): Uint8Array {
  const { json, data } = unpackParts(bytes);
  if (random.below(12) > 0) return packParts({ json: mutateJson(json, random), data });
  return packParts({ json, data: mutateBytes(data, data, random) });
}

/** Flips, overwrites, takes away, repeats or inserts some bytes. */
export function mutateBytes(bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  const at = random.below(bytes.length + 1);
  const length = random.below(random.pick([2, 16, 256]));
  const edit = (piece: Uint8Array, skip: number) =>
    Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(Math.min(bytes.length, at + skip))]);
  switch (random.below(6)) {
    case 0:
      return edit(Buffer.from([(bytes[at] ?? 0) ^ (1 << random.below(8))]), 1);
    case 1:
      return edit(interestingNumber(random), 4);
    case 2:
      return edit(new Uint8Array(0), length);
    case 3:
      return edit(bytes.subarray(at, at + length), 0);
    case 4: {
      const from = random.below(other.length + 1);
      return edit(other.subarray(from, from + length), random.below(2) * length);
    }
    default:
      return edit(Buffer.from([random.below(256)]), 1);
  }
}

/** At the edges of 1, 2, 4 and 8 bytes, as numbers lie in a saved index. */
function interestingNumber(random: Random): Uint8Array {
  const bytes = Buffer.alloc(random.pick([2, 4, 8]));
  const edge = random.pick([0, 1, 2, 0x7f, 0xff]);
  if (bytes.length < 8) return bytes.fill(edge).subarray(0, bytes.length);
  bytes.writeDoubleLE(random.pick([0, -1, 0.5, 1, 2 ** 31, 2 ** 32, 2 ** 53, 1e300, Number.NaN, Infinity]));
  return bytes;
}
