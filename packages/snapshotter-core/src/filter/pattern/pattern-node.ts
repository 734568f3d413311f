/** The syntax tree of a pattern. Only whether a pattern matches counts, so groups and laziness leave no trace. */
export type PatternNode =
  | { readonly type: 'character'; readonly set: CharacterSet }
  | { readonly type: 'assertion'; readonly assertion: Assertion }
  | { readonly type: 'sequence'; readonly nodes: readonly PatternNode[] }
  | { readonly type: 'choice'; readonly nodes: readonly PatternNode[] }
  | { readonly type: 'repeat'; readonly node: PatternNode; readonly min: number; readonly max: number };

export type Assertion = 'text-start' | 'text-end' | 'line-start' | 'line-end' | 'word-edge' | 'no-word-edge';

/** Code points: those in any of the ranges (bounds included), or all others. */
export interface CharacterSet {
  readonly ranges: readonly (readonly [number, number])[];
  readonly isNegated: boolean;
  /** Matches a letter if it matches its upper or its lower case. */
  readonly ignoresCase: boolean;
}

export function setHas({ ranges, isNegated, ignoresCase }: CharacterSet, codePoint: number): boolean {
  return isNegated !== (inRanges(ranges, codePoint) || (ignoresCase && otherCaseInRanges(ranges, codePoint)));
}

function otherCaseInRanges(ranges: CharacterSet['ranges'], codePoint: number): boolean {
  const character = String.fromCodePoint(codePoint);
  return [character.toLowerCase(), character.toUpperCase()].some(
    (other) => other !== character && [...other].length === 1 && inRanges(ranges, other.codePointAt(0)!),
  );
}

function inRanges(ranges: CharacterSet['ranges'], codePoint: number): boolean {
  for (const [first, last] of ranges) if (codePoint >= first && codePoint <= last) return true;
  return false;
}
