import { readFileSync } from 'node:fs';

/** Memory that a process holds now (VmRSS), in bytes. */
export function rssBytesOf(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1] ?? 0) * 1024;
}

/**
 * Processor time that a process has used, in its own code and in the kernel: fields 14 and 15 of /proc/pid/stat, in
 * ticks of 10 ms (proc(5)); the name in field 2 may hold blanks.
 */
export function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
