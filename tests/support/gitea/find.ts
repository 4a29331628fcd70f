/**
 * Finds the Gitea server of the tests: in our cache, or built into it.
 * What must stay true: what is in the cache is whole and was run once; a build that ended half way leaves nothing that is ever run.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { withFileLock } from '../../../activities/support/file-lock.ts';
import type { Log } from '../../../temporal/progress.ts';
import { buildGitea } from './build.ts';
import { gitea } from './pinned.ts';

export interface FindGiteaOptions {
  readonly log: Log;
  /** Ours, per user; made if missing. */
  readonly cacheDir: string;
  readonly build?: typeof buildGitea;
}

/** The folder with the program `gitea` and what it reads. Undefined: it isn't built yet. */
export function cachedGitea(cacheDir: string): string | undefined {
  const folder = cachedFolder(cacheDir);
  return existsSync(join(folder, 'gitea')) ? folder : undefined;
}

/** From the cache, or built: by one at a time, whoever else asks. */
export async function findGitea({ log, cacheDir, build = buildGitea }: FindGiteaOptions): Promise<string> {
  const target = cachedFolder(cacheDir);
  return withFileLock(
    `${target}.lock`,
    async () => {
      const cached = cachedGitea(cacheDir);
      if (cached === undefined) await buildInto(target, { log, build });
      log(`Using Gitea from our cache: ${target}.`);
      return target;
    },
    {
      onWait: (pid) => log(`Process ${pid} is building Gitea already; waiting for it.`),
      waitMs: 90 * 60_000,
    },
  );
}

function cachedFolder(cacheDir: string): string {
  const made = createHash('sha256').update(JSON.stringify(gitea)).digest('hex').slice(0, 16);
  return join(cacheDir, `gitea-${gitea.version}-${process.platform}-${process.arch}-${made}`);
}

async function buildInto(
  target: string,
  { log, build }: { readonly log: Log; readonly build: typeof buildGitea },
): Promise<void> {
  const cacheDir = join(target, '..');
  const prefix = `${basename(target)}.incoming-`;
  // Whoever has the lock is the only one who builds: these were left by somebody who was killed.
  for (const left of readdirSync(cacheDir).filter((name) => name.startsWith(prefix)))
    rmSync(join(cacheDir, left), { recursive: true, force: true });
  const folder = mkdtempSync(join(cacheDir, prefix));
  try {
    const whole = await build({ folder, log });
    rmSync(target, { recursive: true, force: true });
    renameSync(whole, target);
  } catch (error) {
    throw new Error(`Gitea could not be built: ${(error as Error).message}`, { cause: error });
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
