import { ESCAPED_CLASSES, POSIX_CLASSES } from './named-classes.ts';
import type { Assertion, CharacterSet, PatternNode } from './pattern-node.ts';

/** As in RE2. */
const MAX_REPEAT = 1000;
const MAX_CODE_POINT = 0x10ffff;

const ASSERTION_ESCAPES: ReadonlyMap<string, Assertion> = new Map([
  ['A', 'text-start'],
  ['z', 'text-end'],
  ['b', 'word-edge'],
  ['B', 'no-word-edge'],
]);

const CONTROL_ESCAPES: ReadonlyMap<string, number> = new Map([
  ['a', 7],
  ['f', 12],
  ['n', 10],
  ['r', 13],
  ['t', 9],
  ['v', 11],
]);

interface Flags {
  readonly ignoreCase: boolean;
  readonly multiLine: boolean;
  readonly dotAll: boolean;
}

/**
 * Parses the syntax of RE2 (https://github.com/google/re2/wiki/Syntax) without Unicode classes (`\pL`), `\Q...\E`,
 * `\C` and octal escapes.
 *
 * @throws SyntaxError says what is wrong
 */
export function parsePattern(pattern: string): PatternNode {
  return new PatternParser(pattern).parse();
}

class PatternParser {
  private readonly input: readonly string[];
  private at = 0;
  private flags: Flags = { ignoreCase: false, multiLine: false, dotAll: false };

  constructor(pattern: string) {
    this.input = [...pattern];
  }

  parse(): PatternNode {
    const node = this.choice();
    if (this.at < this.input.length) throw new SyntaxError('unexpected )');
    return node;
  }

  private choice(): PatternNode {
    const nodes = [this.sequence()];
    while (this.accept('|')) nodes.push(this.sequence());
    return nodes.length === 1 ? nodes[0]! : { type: 'choice', nodes };
  }

  private sequence(): PatternNode {
    const nodes: PatternNode[] = [];
    while (this.at < this.input.length && this.peek() !== '|' && this.peek() !== ')') {
      const node = this.atom();
      if (node) nodes.push(this.repeated(node));
    }
    return { type: 'sequence', nodes };
  }

  private repeated(node: PatternNode): PatternNode {
    const bounds = this.quantifier();
    if (!bounds) return node;
    this.accept('?');
    if (this.quantifier()) throw new SyntaxError('nested repetition: use a group');
    return { type: 'repeat', node, ...bounds };
  }

  private quantifier(): { min: number; max: number } | undefined {
    if (this.accept('*')) return { min: 0, max: Infinity };
    if (this.accept('+')) return { min: 1, max: Infinity };
    if (this.accept('?')) return { min: 0, max: 1 };
    const counted = /^\{(\d+)(,?)(\d*)\}/.exec(this.input.slice(this.at, this.at + 12).join(''));
    if (!counted) return undefined;
    this.at += counted[0].length;
    const min = Number(counted[1]);
    const max = counted[2] === '' ? min : counted[3] === '' ? Infinity : Number(counted[3]);
    if (min > MAX_REPEAT || (max !== Infinity && (max > MAX_REPEAT || max < min))) {
      throw new SyntaxError(`bad repetition ${counted[0]}`);
    }
    return { min, max };
  }

  /** @returns undefined for what only sets flags */
  private atom(): PatternNode | undefined {
    const { ignoreCase, multiLine, dotAll } = this.flags;
    const character = this.next();
    switch (character) {
      case '(':
        return this.group();
      case '[':
        return { type: 'character', set: this.bracket() };
      case '.': {
        const ranges: CharacterSet['ranges'] = dotAll ? [] : [[10, 10]];
        return { type: 'character', set: { ranges, isNegated: true, ignoresCase: false } };
      }
      case '^':
        return { type: 'assertion', assertion: multiLine ? 'line-start' : 'text-start' };
      case '$':
        return { type: 'assertion', assertion: multiLine ? 'line-end' : 'text-end' };
      case '\\':
        return this.escape();
      case '*':
      case '+':
      case '?':
        throw new SyntaxError(`nothing to repeat before ${character}`);
      default:
        return literal(character.codePointAt(0)!, ignoreCase);
    }
  }

  private group(): PatternNode | undefined {
    const outer = this.flags;
    if (this.accept('?')) {
      const opened = /^(?:P?<\w+>|([imsU]*)(?:-([imsU]+))?([:)]))/.exec(this.input.slice(this.at).join(''));
      if (!opened) throw new SyntaxError('this kind of group is not supported');
      this.at += opened[0].length;
      this.setFlags(opened[1] ?? '', true);
      this.setFlags(opened[2] ?? '', false);
      if (opened[3] === ')') return undefined;
    }
    const node = this.choice();
    if (!this.accept(')')) throw new SyntaxError('missing )');
    this.flags = outer;
    return node;
  }

  private setFlags(letters: string, value: boolean): void {
    const { flags } = this;
    this.flags = {
      ignoreCase: letters.includes('i') ? value : flags.ignoreCase,
      multiLine: letters.includes('m') ? value : flags.multiLine,
      dotAll: letters.includes('s') ? value : flags.dotAll,
    };
  }

  private escape(): PatternNode {
    const assertion = ASSERTION_ESCAPES.get(this.peek());
    if (assertion) {
      this.at++;
      return { type: 'assertion', assertion };
    }
    const set = this.classEscape();
    if (set) return { type: 'character', set: { ...set, ignoresCase: false } };
    return literal(this.codePointEscape(), this.flags.ignoreCase);
  }

  private classEscape(): Omit<CharacterSet, 'ignoresCase'> | undefined {
    const letter = this.peek();
    const ranges = ESCAPED_CLASSES.get(letter.toLowerCase());
    if (!ranges) return undefined;
    this.at++;
    return { ranges, isNegated: letter !== letter.toLowerCase() };
  }

  private codePointEscape(): number {
    const character = this.next('the pattern ends in \\');
    if (character === 'x') return this.hexEscape();
    const control = CONTROL_ESCAPES.get(character);
    if (control !== undefined) return control;
    if (/[\p{L}\p{N}]/u.test(character)) throw new SyntaxError(`\\${character} is not supported`);
    return character.codePointAt(0)!;
  }

  private hexEscape(): number {
    const digits = /^(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]{1,8})\})/.exec(
      this.input.slice(this.at, this.at + 10).join(''),
    );
    const codePoint = Number.parseInt(digits?.[1] ?? digits?.[2] ?? '', 16);
    if (!digits || codePoint > MAX_CODE_POINT) throw new SyntaxError('bad \\x escape');
    this.at += digits[0].length;
    return codePoint;
  }

  private bracket(): CharacterSet {
    const isNegated = this.accept('^');
    const ranges: (readonly [number, number])[] = [];
    for (let isFirst = true; isFirst || this.peek() !== ']'; isFirst = false)
      ranges.push(...this.bracketItem());
    this.at++;
    return { ranges, isNegated, ignoresCase: this.flags.ignoreCase };
  }

  private bracketItem(): CharacterSet['ranges'] {
    const posix = /^\[:(\^?)(\w+):\]/.exec(this.input.slice(this.at, this.at + 12).join(''));
    if (posix) {
      const ranges = POSIX_CLASSES.get(posix[2]!);
      if (!ranges) throw new SyntaxError(`unknown class ${posix[0]}`);
      this.at += posix[0].length;
      return posix[1] ? complement(ranges) : ranges;
    }
    if (this.peek() === '\\' && ESCAPED_CLASSES.has((this.input[this.at + 1] ?? '').toLowerCase())) {
      this.at++;
      const { ranges, isNegated } = this.classEscape()!;
      return isNegated ? complement(ranges) : ranges;
    }
    const first = this.bracketCharacter();
    if (this.peek() !== '-' || this.input[this.at + 1] === ']') return [[first, first]];
    this.at++;
    const last = this.bracketCharacter();
    if (last < first) throw new SyntaxError('bad range in [ ]');
    return [[first, last]];
  }

  private bracketCharacter(): number {
    const character = this.next('missing ]');
    return character === '\\' ? this.codePointEscape() : character.codePointAt(0)!;
  }

  private peek(): string {
    return this.input[this.at] ?? '';
  }

  private accept(character: string): boolean {
    if (this.peek() !== character) return false;
    this.at++;
    return true;
  }

  private next(problem = 'unexpected end'): string {
    const character = this.input[this.at++];
    if (character === undefined) throw new SyntaxError(problem);
    return character;
  }
}

function literal(codePoint: number, ignoresCase: boolean): PatternNode {
  return {
    type: 'character',
    set: { ranges: [[codePoint, codePoint]], isNegated: false, ignoresCase },
  };
}

function complement(ranges: CharacterSet['ranges']): CharacterSet['ranges'] {
  const sorted = [...ranges].sort(([a], [b]) => a - b);
  const result: (readonly [number, number])[] = [];
  let next = 0;
  for (const [first, last] of sorted) {
    if (first > next) result.push([next, first - 1]);
    next = Math.max(next, last + 1);
  }
  if (next <= MAX_CODE_POINT) result.push([next, MAX_CODE_POINT]);
  return result;
}
