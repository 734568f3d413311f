import { readdirSync, readFileSync } from 'node:fs';

/** The variable that all processes of one test run have in their environment. */
export const RUN_VARIABLE = 'SLUICE_TEST_RUN';

export interface LeftProcess {
  readonly pid: number;
  readonly command: string;
}

/** Processes of a test run that are still there, found by their environment: whoever lost its parent is found too. */
export function leftProcesses(run: string): LeftProcess[] {
  const wanted = `${RUN_VARIABLE}=${run}`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => readProc(pid, 'environ').split('\0').includes(wanted))
    .map((pid) => ({ pid: Number(pid), command: readProc(pid, 'cmdline').replaceAll('\0', ' ').trim() }));
}

/** Mount points at or below a directory, innermost first. */
export function leftMounts(directory: string): string[] {
  return readProc('self', 'mountinfo')
    .split('\n')
    .map((line) => decodeOctal(line.split(' ')[4] ?? ''))
    .filter((at) => at === directory || at.startsWith(`${directory}/`))
    .reverse();
}

/** proc(5): a space, a tab, a newline and a backslash are written as `\` and three octal digits. */
function decodeOctal(path: string): string {
  return path.replaceAll(/\\([0-7]{3})/g, (_, digits) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/** Empty if the process is gone. */
function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
