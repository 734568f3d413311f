import type { StargzProgram } from '../bench-fs/stargz/find-stargz.ts';
import type { LabOrder } from '../lab/lab-order.ts';
import type { Link } from './link.ts';
import type { MadeImage } from './make-image.ts';

/** What the process inside the namespaces is told. */
export interface BenchOrder extends LabOrder {
  /** For what is worth keeping. */
  readonly cacheDir: string;
  readonly images: readonly MadeImage[];
  readonly links: readonly Link[];
  readonly rounds: number;
  /** Names of those to measure. */
  readonly subjects: readonly string[];
  readonly stargz?: StargzProgram | undefined;
}
