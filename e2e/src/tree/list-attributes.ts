import { run } from '../process/run.ts';

const TIMEOUT_MS = 120_000;

/**
 * Extended attributes of everything below a directory, by path from there ('/' is itself). Asks getfattr(1), since
 * Node cannot.
 */
export async function listAttributes(root: string): Promise<Map<string, Record<string, string>>> {
  // One directory a name: getfattr -R follows no link with -P; -h asks links themselves.
  const command = ['getfattr', '-R', '-P', '-h', '-d', '-m', '-', '-e', 'hex', '--absolute-names', root];
  const { stdout } = await run(command, { timeoutMs: TIMEOUT_MS });
  return parseAttributes(stdout, root);
}

/**
 * Reads what getfattr prints: blocks of lines, an empty line after each.
 *
 *     # file: /root/with\040odd\012names
 *     user.name=0x00ff
 *     user.empty
 */
export function parseAttributes(text: string, root: string): Map<string, Record<string, string>> {
  const found = new Map<string, Record<string, string>>();
  let current: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const name = /^# file: (.*)$/.exec(line)?.[1];
    if (name !== undefined) {
      current = {};
      found.set(fromOctal(name).slice(root.length) || '/', current);
    } else if (line !== '') {
      const [key = '', value = ''] = line.split(/=(.*)/s);
      current[key] = value;
    }
  }
  return found;
}

/** Octal escapes stand for bytes, of which several may make a character. */
function fromOctal(name: string): string {
  const bytes = Buffer.from(name).toString('latin1');
  const whole = bytes.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)));
  return Buffer.from(whole, 'latin1').toString();
}
