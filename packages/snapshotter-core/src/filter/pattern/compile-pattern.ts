import { parsePattern } from './parse-pattern.ts';
import type { Assertion, CharacterSet, PatternNode } from './pattern-node.ts';

/** One step of a machine that is in many states at once. `next` and `other` are places in the program. */
export type Instruction =
  | { readonly type: 'character'; readonly set: CharacterSet; next: number }
  | { readonly type: 'assertion'; readonly assertion: Assertion; next: number }
  | { readonly type: 'split'; next: number; other: number }
  | { readonly type: 'match' };

/** With the text's length, the bound of the time that a match takes. */
const MAX_INSTRUCTIONS = 500;
const MAX_PATTERN_LENGTH = 1000;

/**
 * Compiles a pattern to a non-deterministic finite automaton (Thompson's construction), which cannot backtrack:
 * a match takes at most (length of the program) * (length of the text) steps, whatever the pattern.
 * Place 0 is the start.
 *
 * @throws SyntaxError for a pattern that is wrong, not supported or too long
 */
export function compilePattern(pattern: string): readonly Instruction[] {
  if (pattern.length > MAX_PATTERN_LENGTH) {
    throw new SyntaxError(`the pattern has more than ${MAX_PATTERN_LENGTH} characters`);
  }
  const compiler = new Compiler();
  compiler.compile(parsePattern(pattern));
  compiler.program.push({ type: 'match' });
  return compiler.program;
}

/** Emits code that falls through to whatever is emitted next. */
class Compiler {
  readonly program: Instruction[] = [];
  private visits = 0;

  compile(node: PatternNode): void {
    this.bound();
    switch (node.type) {
      case 'character':
      case 'assertion':
        this.program.push({ ...node, next: this.program.length + 1 });
        break;
      case 'sequence':
        for (const part of node.nodes) this.compile(part);
        break;
      case 'choice':
        this.choice(node.nodes);
        break;
      case 'repeat':
        this.repeat(node);
    }
  }

  /**
   * ```
   *   split(A, L1) A split(end, end) L1: split(B, L2) B split(end, end) L2: C end:
   * ```
   */
  private choice(nodes: readonly PatternNode[]): void {
    const exits: Extract<Instruction, { type: 'split' }>[] = [];
    for (const [i, node] of nodes.entries()) {
      const isLast = i === nodes.length - 1;
      const entry = isLast ? undefined : this.split();
      this.compile(node);
      if (entry) {
        exits.push(this.split());
        entry.other = this.program.length;
      }
    }
    for (const exit of exits) exit.next = exit.other = this.program.length;
  }

  private repeat({ node, min, max }: Extract<PatternNode, { type: 'repeat' }>): void {
    for (let i = 0; i < min; i++) this.compile(node);
    if (max === Infinity) {
      const start = this.program.length;
      const entry = this.split();
      this.compile(node);
      const back = this.split();
      back.next = back.other = start;
      entry.other = this.program.length;
      return;
    }
    const skips = [];
    for (let i = min; i < max; i++) {
      skips.push(this.split());
      this.compile(node);
    }
    for (const skip of skips) skip.other = this.program.length;
  }

  private split(): Extract<Instruction, { type: 'split' }> {
    const next = this.program.length + 1;
    const split = { type: 'split' as const, next, other: next };
    this.program.push(split);
    return split;
  }

  /** Nested repetitions multiply, also those of nothing. */
  private bound(): void {
    if (++this.visits > 4 * MAX_INSTRUCTIONS || this.program.length > MAX_INSTRUCTIONS) {
      throw new SyntaxError('the pattern is too big: repeat less');
    }
  }
}
