/** A program: looks at the arguments of every process, over and over, until SIGTERM; then prints all that it saw. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const seen = new Set<string>();

function look(): void {
  if (process.platform !== 'linux') {
    const lines = execFileSync('ps', ['-axww', '-o', 'args='], { encoding: 'utf8', maxBuffer: 64 << 20 });
    for (const line of lines.split('\n')) seen.add(line);
    return;
  }
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      seen.add(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '));
    } catch {
      // It ended.
    }
  }
}

const timer = setInterval(look, 5);
process.once('SIGTERM', () => {
  clearInterval(timer);
  process.stdout.write([...seen].join('\n'));
});
