/**
 * Finds where a TOML document sets a key, for messages about values: the parser keeps no positions. Looks at
 * table headers and keys at the beginning of lines, which is how people write configuration files.
 *
 * @param path such as ['log', 'level']
 * @returns counted from 1; the line of the nearest table that encloses the key if the key itself is not found
 *   (an inline table, say); undefined if not even that is
 */
export function findLine(text: string, path: readonly string[]): number | undefined {
  let table: readonly string[] = [];
  let best: { readonly line: number; readonly depth: number } | undefined;
  text.split('\n').forEach((line, at) => {
    const header = /^\s*\[{1,2}([^\]]+)\]/.exec(line);
    const key = /^\s*([^=#[\]]+?)\s*=/.exec(line);
    if (header) table = splitKey(header[1]!);
    if (!header && !key) return;
    const here = header ? table : [...table, ...splitKey(key![1]!)];
    const isPrefix = here.every((part, depth) => part === path[depth]);
    if (isPrefix && here.length > (best?.depth ?? 0)) best = { line: at + 1, depth: here.length };
  });
  return best?.line;
}

/** 'a."b.c" . d' is a, b.c, d. */
function splitKey(text: string): readonly string[] {
  const parts = text.match(/"[^"]*"|'[^']*'|[^.\s]+/g) ?? [];
  return parts.map((part) => part.replace(/^(["'])(.*)\1$/, '$2'));
}
