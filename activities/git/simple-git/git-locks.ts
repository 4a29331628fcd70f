/** Git's own lock files, judged by their holders. */
import { lstat, readFile, readdir, readlink, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { currentSignal } from '../../support/current-run.ts';

/**
 * Whether a lock file of git's has a living holder: a process that has it open, or any git process that works in `folders`
 * (git closes the file and keeps the lock while an editor runs). Undefined where the system doesn't tell (no /proc).
 */
async function isHeld(lock: string, folders: readonly string[]): Promise<boolean | undefined> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  if (pids.length === 0) return undefined;
  for (const pid of pids) {
    if (Number(pid) === process.pid) continue;
    const command = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
    if (command.startsWith('git')) {
      const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '');
      if (folders.some((folder) => cwd === folder || cwd.startsWith(`${folder}/`))) return true;
    }
    const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
    for (const descriptor of descriptors) {
      if ((await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '')) === lock) return true;
    }
  }
  return false;
}

const processStarted = Date.now() - process.uptime() * 1000;

/**
 * Waits until a git lock is gone, or removes it when its holder is: no process has it and it has not changed for a moment,
 * or (where processes can't be looked at) it is older than this process and a minute. True: gone, try again.
 */
export async function clearGitLock(
  lock: string,
  folders: readonly string[],
  waitMs: number,
): Promise<boolean> {
  const deadline = Date.now() + waitMs;
  const signal = currentSignal();
  for (;;) {
    const before = await lstat(lock).catch(() => undefined);
    if (before === undefined) return true;
    const held = await isHeld(lock, folders);
    const old = before.mtimeMs < processStarted;
    if (held === undefined ? old && Date.now() - before.mtimeMs > 60_000 : !held) {
      if (!old) await sleep(250, undefined, { signal });
      const after = await lstat(lock).catch(() => undefined);
      if (after === undefined) return true;
      if (after.ino === before.ino && after.mtimeMs === before.mtimeMs) {
        await rm(lock, { force: true });
        return true;
      }
    }
    if (Date.now() > deadline) return false;
    await sleep(100, undefined, { signal });
  }
}
