/** What the reading process is told. */
export interface ReadTask {
  readonly rootfs: string;
  readonly bigSha256: string;
  readonly bigBytes: number;
}

/** What it has done: whole files, walks over the tree, programs that ran; and what was not as it must be. */
export interface ReadReport {
  smallFiles: number;
  bigReads: number;
  walks: number;
  execs: number;
  /** The longest that one small file took: how long a read had to wait for service. */
  longestMs: number;
  readonly wrong: string[];
}

const COUNT = 3000;

/** Small files in a few directories, the same in every process. */
export function manyFiles(): { readonly name: string; readonly content: string }[] {
  return Array.from({ length: COUNT }, (_, index) => ({
    name: `small/${index % 30}/file-${index}`,
    content: `the text of file ${index}\n`.repeat(100),
  }));
}
