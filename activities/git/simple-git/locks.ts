/** Who may write: one writer per mirror, in this process and across processes, and git's own lock files judged by their holders. */
import { link, lstat, open, readFile, readdir, readlink, rename, rm, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { PortError } from '../../support/errors.ts';
import { systemCode } from './files.ts';

const waitAtMostMs = 10 * 60_000;
const queues = new Map<string, Promise<unknown>>();

/** Runs `body` when everything queued before it under `key` in this process has ended. */
export async function inTurn<T>(key: string, body: () => Promise<T>): Promise<T> {
  const before = queues.get(key) ?? Promise.resolve();
  const turn = before.then(body, body);
  const settled = turn.then(
    () => undefined,
    () => undefined,
  );
  queues.set(key, settled);
  try {
    return await turn;
  } finally {
    if (queues.get(key) === settled) queues.delete(key);
  }
}

/** A process as it can't be mistaken for a later one with the same id; start time 0 where the system doesn't tell. */
async function startTime(pid: number): Promise<string | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    try {
      process.kill(pid, 0);
      return '0';
    } catch (error) {
      return systemCode(error) === 'EPERM' ? '0' : undefined;
    }
  }
}

/** Like `inTurn`, and across processes by a file that names its holder; a dead holder's file is taken over. */
export async function exclusively<T>(file: string, body: () => Promise<T>): Promise<T> {
  return inTurn(file, async () => {
    const mine = `${process.pid} ${(await startTime(process.pid)) ?? '0'}`;
    const deadline = Date.now() + waitAtMostMs;
    for (;;) {
      try {
        const handle = await open(file, 'wx');
        await handle.writeFile(mine);
        await handle.close();
        break;
      } catch (error) {
        if (systemCode(error) !== 'EEXIST') throw error;
      }
      if (await holderIsDead(file)) {
        const aside = `${file}.${process.pid}.dead`;
        // Only one of several waiters wins this rename; if it caught a new holder's file, that goes back.
        const won = await rename(file, aside).then(
          () => true,
          () => false,
        );
        if (won && !(await holderIsDead(aside))) await link(aside, file).catch(() => undefined);
        await rm(aside, { force: true });
        continue;
      }
      if (Date.now() > deadline) {
        throw new PortError(
          'GitFailed',
          `Another process has held ${file} for ten minutes. See which one it names, and end it if it hangs.`,
        );
      }
      await sleep(20 + Math.random() * 20);
    }
    try {
      return await body();
    } finally {
      await rm(file, { force: true });
    }
  });
}

async function holderIsDead(file: string): Promise<boolean> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return false;
  const [pid, started] = text.split(' ');
  if (pid === undefined || started === undefined || started === '') {
    // Made and not yet written, or its writer died in between.
    const age = await stat(file).then(
      (info) => Date.now() - info.mtimeMs,
      () => 0,
    );
    return age > 5_000;
  }
  return (await startTime(Number(pid))) !== started;
}

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
  for (;;) {
    const before = await lstat(lock).catch(() => undefined);
    if (before === undefined) return true;
    const held = await isHeld(lock, folders);
    const old = before.mtimeMs < processStarted;
    if (held === undefined ? old && Date.now() - before.mtimeMs > 60_000 : !held) {
      if (!old) await sleep(250);
      const after = await lstat(lock).catch(() => undefined);
      if (after === undefined) return true;
      if (after.ino === before.ino && after.mtimeMs === before.mtimeMs) {
        await rm(lock, { force: true });
        return true;
      }
    }
    if (Date.now() > deadline) return false;
    await sleep(100);
  }
}
