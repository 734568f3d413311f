import { readFileSync } from 'node:fs';

/** Ticks of the processor times in /proc: USER_HZ, which is the same on all architectures that Node runs on. */
const TICKS_PER_SECOND = 100;

/**
 * Seconds of processor time that a process has used, in all of its threads; with `children`, also those that it has
 * waited for, and theirs. proc_pid_stat(5): utime, stime, cutime and cstime are the fields 14 to 17.
 */
export function cpuSeconds(pid: number | 'self', { children = false } = {}): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // Field 2, the name in parentheses, may have spaces.
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [utime = 0, stime = 0, cutime = 0, cstime = 0] = fields.slice(11, 15);
  return (utime + stime + (children ? cutime + cstime : 0)) / TICKS_PER_SECOND;
}

/** Seconds that the ended children of this process have used. */
export function endedChildrenSeconds(): number {
  return cpuSeconds('self', { children: true }) - cpuSeconds('self');
}

/** The most that a process has had in memory so far, in bytes. proc_pid_status(5): VmHWM. */
export function peakResidentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}
