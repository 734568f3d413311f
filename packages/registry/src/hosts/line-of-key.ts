/**
 * The line on which a key of a TOML text is set. The parser keeps no positions, so this looks for the text; where a
 * key is written in a way that it does not know, it is the line of the table.
 *
 * @param table a quoted key in the header of the table to look in, or undefined for the text's beginning
 * @returns counted from 1
 */
export function lineOfKey(text: string, table: string | undefined, key: string | undefined): number {
  const lines = text.split('\n');
  const header =
    table === undefined
      ? 0
      : Math.max(
          0,
          lines.findIndex((line) => line.includes(table)),
        );
  if (key === undefined) return header + 1;
  const set = new RegExp(`(^|[\\s.{,\\[])["']?${key.replace(/[^\w-]/g, '\\$&')}["']?\\s*[=.\\]]`);
  const found = lines.findIndex((line, at) => at >= header && set.test(line));
  return (found < 0 ? header : found) + 1;
}
