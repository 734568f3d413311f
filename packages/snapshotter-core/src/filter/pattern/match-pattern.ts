import type { Instruction } from './compile-pattern.ts';
import { type Assertion, setHas } from './pattern-node.ts';

/** Whether a compiled pattern matches anywhere in the text. Takes linear time. */
export function matchPattern(program: readonly Instruction[], text: string): boolean {
  const codePoints = Array.from(text, (character) => character.codePointAt(0)!);
  let states: number[] = [];
  for (let at = 0; at <= codePoints.length; at++) {
    const reached = spread(program, [...states, 0], { codePoints, at });
    if (!reached) return true;
    states = step(program, reached, codePoints[at]);
  }
  return false;
}

/** Follows everything that consumes nothing. @returns undefined if that leads to a match */
function spread(
  program: readonly Instruction[],
  states: readonly number[],
  place: { codePoints: readonly number[]; at: number },
): number[] | undefined {
  const seen = new Set<number>();
  const reached: number[] = [];
  const open = [...states];
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    if (seen.has(state)) continue;
    seen.add(state);
    const instruction = program[state]!;
    if (instruction.type === 'match') return undefined;
    if (instruction.type === 'character') reached.push(state);
    else if (instruction.type === 'split') open.push(instruction.other, instruction.next);
    else if (holds(instruction.assertion, place)) open.push(instruction.next);
  }
  return reached;
}

function step(
  program: readonly Instruction[],
  states: readonly number[],
  codePoint: number | undefined,
): number[] {
  if (codePoint === undefined) return [];
  const next: number[] = [];
  for (const state of states) {
    const instruction = program[state]!;
    if (instruction.type === 'character' && setHas(instruction.set, codePoint)) next.push(instruction.next);
  }
  return next;
}

function holds(
  assertion: Assertion,
  { codePoints, at }: { codePoints: readonly number[]; at: number },
): boolean {
  const before = codePoints[at - 1];
  const after = codePoints[at];
  switch (assertion) {
    case 'text-start':
      return before === undefined;
    case 'text-end':
      return after === undefined;
    case 'line-start':
      return before === undefined || before === 10;
    case 'line-end':
      return after === undefined || after === 10;
    case 'word-edge':
      return isWord(before) !== isWord(after);
    case 'no-word-edge':
      return isWord(before) === isWord(after);
  }
}

function isWord(codePoint: number | undefined): boolean {
  return codePoint !== undefined && codePoint < 0x80 && /\w/.test(String.fromCharCode(codePoint));
}
