/** What a server wants for proof, from a WWW-Authenticate header. */
export interface AuthChallenge {
  /** In lower case: 'bearer', 'basic'. */
  readonly scheme: string;
  /** Names in lower case; of repeated names the first. */
  readonly params: ReadonlyMap<string, string>;
}

const TOKEN = /[\s,]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)/y;
/** Quoted, or as far as the next comma or space: some servers forget the quotes around an address. */
const VALUE = /\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))/y;

/**
 * Reads one WWW-Authenticate header, or several joined by commas (RFC 9110 section 11.6.1). What does not follow
 * the grammar ends it; the challenges before that count.
 */
export function parseChallenges(header: string): AuthChallenge[] {
  const challenges: { scheme: string; params: Map<string, string> }[] = [];
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(header);
    if (found !== null) at = pattern.lastIndex;
    return found;
  };
  for (let token = match(TOKEN); token !== null; token = match(TOKEN)) {
    const name = (token[1] ?? '').toLowerCase();
    const value = match(VALUE);
    const params = challenges.at(-1)?.params;
    if (value === null) challenges.push({ scheme: name, params: new Map() });
    else if (params !== undefined && !params.has(name)) params.set(name, unquoted(value));
  }
  return challenges;
}

function unquoted([, quoted, plain = '']: RegExpExecArray): string {
  return quoted === undefined ? plain : quoted.replace(/\\(.)/g, '$1');
}
