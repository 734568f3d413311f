const CONTROLS: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/**
 * A quoted string at the start of `text`, as Go has them in double quotes, or so in other quotes.
 * Source: the Go specification, "String literals"; containerd pkg/filters/quote.go.
 *
 * @param text begins with the quote
 * @returns the string that is meant, and how much of the text its quoted form takes; undefined if it has no end,
 *   or an escape that does not exist
 */
export function unquote(text: string): { value: string; length: number } | undefined {
  const quote = text[0];
  const bytes: string[] = [];
  for (let at = 1; at < text.length; ) {
    const character = String.fromCodePoint(text.codePointAt(at)!);
    if (character === quote) return decode(bytes, at + 1);
    if (character === '\n') return undefined;
    if (character !== '\\') {
      bytes.push(percentEncode(character));
      at += character.length;
      continue;
    }
    const escaped = readEscape(text.slice(at + 1, at + 10), quote!);
    if (!escaped) return undefined;
    bytes.push(escaped.encoded);
    at += 1 + escaped.length;
  }
  return undefined;
}

/** @param text what follows the backslash */
function readEscape(text: string, quote: string): { encoded: string; length: number } | undefined {
  const first = text[0] ?? '';
  if (first === quote || first === '\\') return { encoded: percentEncode(first), length: 1 };
  if (Object.hasOwn(CONTROLS, first)) return { encoded: percentEncode(CONTROLS[first]!), length: 1 };
  const byte = /^(?:x([0-9A-Fa-f]{2})|([0-3][0-7]{2}))/.exec(text);
  if (byte) {
    const value = byte[1] ? Number.parseInt(byte[1], 16) : Number.parseInt(byte[2]!, 8);
    return { encoded: `%${value.toString(16).padStart(2, '0')}`, length: byte[0].length };
  }
  const codePoint = /^(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8}))/.exec(text);
  const value = Number.parseInt(codePoint?.[1] ?? codePoint?.[2] ?? '', 16);
  if (!codePoint || value > 0x10ffff) return undefined;
  return { encoded: percentEncode(String.fromCodePoint(value)), length: codePoint[0].length };
}

/** `\x` and octal escapes stand for bytes of UTF-8, so all is put together as bytes: percent-encoded ones. */
function percentEncode(character: string): string {
  return encodeURIComponent(character.toWellFormed());
}

function decode(bytes: readonly string[], length: number): { value: string; length: number } | undefined {
  try {
    return { value: decodeURIComponent(bytes.join('')), length };
  } catch {
    return undefined;
  }
}
