import type { FuzzInput } from '../../packages/layer/test/fuzz/fuzz-input.ts';
import type { FuzzReport } from '../../packages/layer/test/fuzz/run-fuzz.ts';

export interface FuzzTask {
  readonly seconds: number;
  readonly seed: number;
  /** Directory of further seeds, which gets what reaches new code. */
  readonly corpus: string | undefined;
  /** The worker writes here which input it is trying: u32 how many it began, u32 kind, u32 bytes, the bytes. */
  readonly current: SharedArrayBuffer;
}

/** What the worker says at the end; errors as the text of their stacks. */
export interface FuzzResult extends Omit<FuzzReport, 'failures'> {
  readonly failures: readonly { readonly input: FuzzInput; readonly stack: string }[];
}

export const currentKinds: readonly FuzzInput['kind'][] = ['blob', 'layer', 'index'];
/** Longer inputs are not written down. */
export const currentBytes = 512 * 1024;
