/** Processor time that the kernel counted, user and system. Linux tells it under /proc; elsewhere it is not known. */
import { readFileSync } from 'node:fs';

/** Of the kernel's clock ticks, whatever the machine. */
const millisecondsPerTick = 10;

/** Of a process's children that have ended, and theirs; NaN: not known. */
export const childrenCpuMs = (pid: number | 'self' = 'self'): number => read(pid, 13) + read(pid, 14);

/** Of the process itself. */
export const ownCpuMs = (pid: number | 'self' = 'self'): number => read(pid, 11) + read(pid, 12);

/** Fields are counted from after the name, which may hold spaces. See proc_pid_stat(5). */
function read(pid: number | 'self', field: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[field]) * millisecondsPerTick;
  } catch {
    return Number.NaN;
  }
}
