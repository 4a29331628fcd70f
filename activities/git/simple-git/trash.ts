/**
 * What is to be removed and may be large. It is moved aside at once and removed afterwards, one after another, by a program of the
 * lowest priority, so that nobody waits for it; what a worker that ended left there, the next one removes.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmod, lstat, mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { isErrno } from '../../support/atomic-file.ts';
import { runDetached } from '../../support/current-run.ts';
import { removeTree } from '../../support/remove-tree.ts';
import { isMissing } from './files.ts';

export interface Trash {
  /** Nothing lies there any more when it returns. What can't be moved is removed on the spot. */
  put(path: string | Buffer): Promise<void>;
}

export interface TrashOptions {
  readonly dataDir: string;
  /** The worker's PATH. */
  readonly path: string;
}

export function createTrash({ dataDir, path: searchPath }: TrashOptions): Trash {
  const folder = join(dataDir, 'trash');
  let emptying = false;
  let more = false;

  async function empty(): Promise<void> {
    for (const name of await readdir(folder).catch(() => [])) {
      const path = join(folder, name);
      await removeSlowly(path, searchPath).catch(() => undefined);
      // What that program could not: folders without rights, or all of it where there is no such program.
      await removeTree(path).catch(() => undefined);
    }
  }
  function emptySoon(): void {
    more = true;
    if (emptying) return;
    emptying = true;
    void runDetached(async () => {
      while (more) {
        more = false;
        await empty();
      }
      emptying = false;
    });
  }
  emptySoon();

  return {
    async put(path) {
      try {
        await moveInto(folder, path);
        emptySoon();
      } catch (error) {
        if (isMissing(error) && (await lstat(path).catch(() => undefined)) === undefined) return;
        await removeTree(path);
      }
    },
  };
}

async function moveInto(folder: string, path: string | Buffer): Promise<void> {
  const to = join(folder, randomUUID());
  // Most of what is put here isn't there.
  const info = await lstat(path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await rename(path, to).catch(async (error: unknown) => {
    // A folder that may not be written can't get another parent.
    if (!isErrno(error, 'EACCES', 'EPERM') || !info.isDirectory()) throw error;
    await chmod(path, 0o700);
    await rename(path, to);
  });
}

async function removeSlowly(path: string, searchPath: string): Promise<void> {
  const program = spawn('nice', ['-n', '19', 'rm', '-rf', '--', path], {
    stdio: 'ignore',
    env: { PATH: searchPath },
  });
  // Nobody waits for it, the worker's end neither.
  program.unref();
  await once(program, 'close');
}
