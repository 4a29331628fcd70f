/** Processes of a test, looked at from outside. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { readEntry } from '../../activities/support/process-table.ts';

/** Ours, their children and whatever these started: each names the folder in its arguments, place or environment. */
export function processesOf(folder: string, except: readonly number[] = []): readonly string[] {
  if (process.platform !== 'linux') {
    return execFileSync('ps', ['-axo', 'pid=,args='], { encoding: 'utf8', maxBuffer: 64 << 20 })
      .split('\n')
      .filter(
        (line) => line.includes(folder) && ![process.pid, ...except].includes(Number.parseInt(line, 10)),
      )
      .map((line) => `process ${line.trim()}`);
  }
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && ![process.pid, ...except].includes(Number(name)))
    .flatMap((pid) => {
      try {
        const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        const known = [args, readFileSync(`/proc/${pid}/environ`, 'utf8'), readlinkSync(`/proc/${pid}/cwd`)];
        return known.some((text) => text.includes(folder)) ? [`process ${pid}: ${args.slice(0, 200)}`] : [];
      } catch {
        return []; // gone meanwhile, or a zombie
      }
    });
}

/** A zombie has ended: only nobody has asked how. */
export const isRunning = (pid: number): boolean => readEntry(pid)?.zombie === false;

/** Ends by SIGKILL what names the folder; one line per process. */
export function endProcessesOf(folder: string): readonly string[] {
  const left = processesOf(folder);
  for (const line of left) {
    try {
      process.kill(Number(/\d+/.exec(line)?.[0]), 'SIGKILL');
    } catch {
      // It ended by itself meanwhile.
    }
  }
  return left;
}
