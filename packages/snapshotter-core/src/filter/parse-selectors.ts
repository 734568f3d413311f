import { filterError } from './filter-error.ts';
import { compilePattern } from './pattern/compile-pattern.ts';
import type { Selector } from './selector.ts';
import { unquote } from './unquote.ts';

const FIELD = /[A-Za-z0-9_-]+/y;
const OPERATOR = /[=!~]+/y;
/** A value ends at a comma or white space; it must not begin with a quote, a separator or an operator. */
const VALUE = /(?![,."/|=!~])(?:(?!,)[\p{L}\p{M}\p{N}\p{P}\p{S}])+/uy;
const SPACE = /\p{White_Space}*/uy;

/**
 * Parses one filter, which is not empty:
 *
 * ```
 *   selectors := selector (',' selector)*
 *   selector  := path [operator value]
 *   path      := field ('.' field)*
 *   field     := [A-Za-z0-9_-]+ | quoted in "
 *   operator  := '==' | '!=' | '~='
 *   value     := quoted in ", for '~=' also in / or | ; or anything up to a comma or white space
 * ```
 *
 * White space may stand before every part but a '.' and a ',', and not at the end.
 * Source: containerd pkg/filters/parser.go and scanner.go.
 *
 * @throws SnapshotterError INVALID_ARGUMENT
 */
export function parseSelectors(filter: string): readonly Selector[] {
  return new SelectorParser(filter).parse();
}

class SelectorParser {
  private readonly filter: string;
  private at = 0;

  constructor(filter: string) {
    this.filter = filter;
  }

  parse(): readonly Selector[] {
    const selectors = [this.selector()];
    while (this.at < this.filter.length) {
      if (this.filter[this.at] !== ',') throw this.error('expected a comma');
      this.at++;
      selectors.push(this.selector());
    }
    return selectors;
  }

  private selector(): Selector {
    const path = [this.field()];
    while (this.filter[this.at] === '.') {
      this.at++;
      path.push(this.field());
    }
    if (this.at === this.filter.length || this.filter[this.at] === ',') return { path, operator: 'present' };
    const operator = this.operator();
    if (operator !== '~=') return { path, operator, value: this.value('"') };
    const at = this.at;
    try {
      return { path, operator, program: compilePattern(this.value('"/|')) };
    } catch (error) {
      throw error instanceof SyntaxError ? filterError(this.filter, at, error.message) : error;
    }
  }

  private field(): string {
    this.take(SPACE);
    const field = this.quoted('"') ?? this.take(FIELD);
    if (field === undefined) throw this.error('expected a field, or one in quotes');
    return field;
  }

  private operator(): '==' | '!=' | '~=' {
    this.take(SPACE);
    const at = this.at;
    const operator = this.take(OPERATOR);
    if (operator === '==' || operator === '!=' || operator === '~=') return operator;
    throw filterError(this.filter, at, 'expected an operator (==, != or ~=)');
  }

  private value(quotes: string): string {
    this.take(SPACE);
    const value = this.quoted(quotes) ?? this.take(VALUE);
    if (value === undefined) throw this.error('expected a value, or one in quotes');
    return value;
  }

  private quoted(quotes: string): string | undefined {
    const quote = this.filter[this.at];
    if (quote === undefined || !quotes.includes(quote)) return undefined;
    const unquoted = unquote(this.filter.slice(this.at));
    if (!unquoted) throw this.error('bad quoted string');
    this.at += unquoted.length;
    return unquoted.value;
  }

  private take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const text = pattern.exec(this.filter)?.[0];
    this.at += text?.length ?? 0;
    return text;
  }

  private error(problem: string): Error {
    return filterError(this.filter, this.at, problem);
  }
}
