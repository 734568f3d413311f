import { readFileSync } from 'node:fs';

/** Mount points below a directory, in the order in which they were mounted. */
export function mountsBelow(directory: string): string[] {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').trimEnd().split('\n');
  return lines.map((line) => line.split(' ')[4]!).filter((at) => at.startsWith(`${directory}/`));
}
