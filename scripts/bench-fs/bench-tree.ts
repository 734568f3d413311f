import { createHash } from 'node:crypto';
import { linkSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DescribedNode, layOutContents, layOutTree } from '../../packages/fuse/src/index.ts';

/** How large the tree is that is read. */
export interface BenchSize {
  readonly bigMib: number;
  readonly smallFiles: number;
}

export const BIG = 'big';
const FILES_A_DIRECTORY = 40;
const smallKib = [1, 4, 8, 16];

interface BenchFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** Of its name: every file is a content of its own. */
  readonly digest: string;
}

/** One large file, and many small ones in directories. */
export function benchFiles({ bigMib, smallFiles }: BenchSize): BenchFile[] {
  const fileOf = (path: string, sizeBytes: number) => {
    const digest = createHash('sha256').update(path).digest('hex');
    return { path, sizeBytes, digest };
  };
  const small = Array.from({ length: smallFiles }, (_, i) =>
    fileOf(`d${Math.floor(i / FILES_A_DIRECTORY)}/f${i}`, 1024 * smallKib[i % smallKib.length]!),
  );
  return [fileOf(BIG, bigMib << 20), ...small];
}

/** Writes the files to `plain`, and links them into `content` under the names that a content store has for them. */
export function writeFiles(size: BenchSize, { plain, content }: { plain: string; content: string }): void {
  for (const { path, sizeBytes, digest } of benchFiles(size)) {
    mkdirSync(join(plain, path, '..'), { recursive: true });
    writeFileSync(join(plain, path), Buffer.alloc(sizeBytes, path));
    mkdirSync(join(content, digest.slice(0, 2)), { recursive: true });
    linkSync(join(plain, path), join(content, digest.slice(0, 2), digest));
  }
}

/** The same files as a FUSE driver serves them; all of them are complete, so nothing is ever filled. */
export function benchSource(size: BenchSize, content: string) {
  const files = benchFiles(size);
  const directories = new Map<string, Map<string, DescribedNode>>();
  const root = new Map<string, DescribedNode>();
  for (const [number, { path, sizeBytes }] of files.entries()) {
    const node: DescribedNode = { type: 'file', sizeBytes, content: number };
    const [first, second] = path.split('/');
    if (second === undefined) root.set(first!, node);
    else {
      const children = directories.get(first!) ?? new Map<string, DescribedNode>();
      directories.set(first!, children.set(second, node));
    }
  }
  for (const [name, children] of directories) root.set(name, { type: 'dir', children });
  return {
    tree: layOutTree({ type: 'dir', children: root }),
    content: layOutContents(files, content),
    fill: async () => {
      throw new Error('a content is missing: the benchmark reads complete contents only');
    },
  };
}
