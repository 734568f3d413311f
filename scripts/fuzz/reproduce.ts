import { readInput } from '../../packages/layer/test/fuzz/fuzz-input.ts';
import { tryInput } from '../../packages/layer/test/fuzz/try-input.ts';

/** Tries one input again. @returns the exit code: 1 if the input shows a bug */
export async function reproduce(path: string): Promise<number> {
  try {
    console.log(`${path}: ${await tryInput(readInput(path))}`);
    return 0;
  } catch (error) {
    console.error(error);
    return 1;
  }
}
