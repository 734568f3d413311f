import { hash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/**
 * What a fuzzed input is:
 * - `blob`: a whole layer blob, as a registry might send it.
 * - `layer`: the parts of one, which become a blob with a right footer and a right digest of the table, so that
 *   mutations get past both:
 *   ```
 *     u32 bytes of JSON, little endian | the table of contents as JSON | what lies before it in the blob
 *   ```
 * - `index`: a saved index, which gets a right checksum.
 */
export type FuzzKind = 'blob' | 'layer' | 'index';

export interface FuzzInput {
  readonly kind: FuzzKind;
  readonly bytes: Uint8Array;
}

const kinds: readonly FuzzKind[] = ['blob', 'layer', 'index'];

/** The name of the file that an input is kept in: `<kind>-<first 16 digits of its sha256>.bin`. */
export function inputFileName({ kind, bytes }: FuzzInput): string {
  return `${kind}-${hash('sha256', bytes).slice(0, 16)}.bin`;
}

/** Reads an input from a file whose name begins with its kind. */
export function readInput(path: string): FuzzInput {
  const kind = kinds.find((candidate) => basename(path).startsWith(`${candidate}-`));
  if (!kind) throw new Error(`${path}: the name of an input begins with ${kinds.join('-, ')}-`);
  return { kind, bytes: readFileSync(path) };
}

/** All inputs of a directory, in the order of their names; whatever is not named `*.bin` is none. */
export function readInputs(directory: string): FuzzInput[] {
  const names = readdirSync(directory).filter((name) => name.endsWith('.bin'));
  return names.sort().map((name) => readInput(join(directory, name)));
}
