import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TreeEntry } from '../tree/tree-entry.ts';

/** What is known of the images from tools that are not ours. */
export interface ImageFacts {
  /** Number of layers of each of them. */
  readonly layers: number;
  /** What `umoci unpack` makes of the ordinary image. */
  readonly tree: readonly TreeEntry[];
}

const FILE = 'facts.json';

export function writeImageFacts(directory: string, facts: ImageFacts): void {
  writeFileSync(join(directory, FILE), JSON.stringify(facts));
}

export function readImageFacts(directory: string): ImageFacts {
  return JSON.parse(readFileSync(join(directory, FILE), 'utf8')) as ImageFacts;
}
