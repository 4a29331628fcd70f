/**
 * A mirror's objects packed, so that a thousandth project finds them as quickly as a first. What must stay true: no object goes, also
 * none that no ref of ours reaches: candidates that wait for their checks are such, and clones borrow from here. Loose objects are
 * removed, and small packs, only where a pack that was found to be right holds them. Nobody waits for it unless they change the mirror.
 */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runDetached } from '../../support/current-run.ts';
import { runProcess } from '../../support/process.ts';
import type { Mirror, Mirrors } from './mirror.ts';

export interface Maintenance {
  /** Afterwards, if there is enough to do: returns at once. */
  soon(mirror: Mirror): void;
}

interface Parts extends Pick<Mirrors, 'withScratch'> {
  /** Alone in the mirror, or not at all. */
  readonly aloneNow: (mirror: Mirror, body: () => Promise<void>) => Promise<void>;
  readonly objectsOf: (mirror: Mirror) => string;
  /** Files of the store that are not what they are named for are removed. True: there were some. */
  readonly removeFalse: (mirror: Mirror) => Promise<boolean>;
  /** The worker's PATH. */
  readonly path: string;
  readonly limits?: { readonly loose: number; readonly packs: number };
}

/** Each loose object is looked at before files are made of any; each pack is asked for each object. */
const worthIt = { loose: 1_000, packs: 20 };
const withinMs = 10 * 60_000;

export function createMaintenance(parts: Parts): Maintenance {
  const { aloneNow, objectsOf, removeFalse, limits = worthIt } = parts;
  const busy = new Set<string>();

  async function isDue(mirror: Mirror): Promise<boolean> {
    const objects = objectsOf(mirror);
    const packs = (await namesIn(join(objects, 'pack'))).filter((name) => name.endsWith('.pack'));
    if (packs.length >= limits.packs) return true;
    let loose = 0;
    for (const folder of (await namesIn(objects)).filter((name) => /^[0-9a-f]{2}$/.test(name)))
      loose += (await namesIn(join(objects, folder))).length;
    return loose >= limits.loose;
  }

  async function maintain(mirror: Mirror): Promise<void> {
    if (!(await isDue(mirror))) return;
    await aloneNow(mirror, async () => {
      // What is false is never packed with what is right, and never the pack for whose sake others go. Its repair is no hurry.
      if (await removeFalse(mirror)) return;
      // Of one that was killed: nobody else is in here.
      await rm(join(objectsOf(mirror), 'maintenance.lock'), { force: true });
      // The first packs, the second removes what the first has packed: in between the new packs are looked at.
      for (const _time of ['packed', 'removed']) {
        await runTasks(parts, mirror);
        if (await removeFalse(mirror)) return;
      }
    });
  }

  return {
    soon(mirror) {
      if (busy.has(mirror.gitDir)) return;
      busy.add(mirror.gitDir);
      void runDetached(() =>
        maintain(mirror)
          // Next time, then.
          .catch(() => undefined)
          .finally(() => busy.delete(mirror.gitDir)),
      );
    },
  };
}

/** In a folder of ours, at the lowest priority, with the programs that it starts. */
async function runTasks({ withScratch, objectsOf, path }: Parts, mirror: Mirror): Promise<void> {
  const config = [['core.multiPackIndex', 'true']] as const;
  await withScratch(mirror, { config }, ({ gitDir }) =>
    runProcess({
      command: ['nice', '-n', '19', 'git', 'maintenance', 'run', '--quiet', ...tasks],
      cwd: gitDir,
      env: {
        GIT_DIR: gitDir,
        GIT_OBJECT_DIRECTORY: objectsOf(mirror),
        GIT_NO_REPLACE_OBJECTS: '1',
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_CONFIG_NOSYSTEM: '1',
        HOME: '/nonexistent',
        PATH: path,
      },
      timeoutMs: withinMs,
    }),
  );
  // It would be believed without a look at the packs, in clones too.
  for (const name of (await namesIn(join(objectsOf(mirror), 'pack'))).filter((each) =>
    each.startsWith('multi-pack-index'),
  ))
    await rm(join(objectsOf(mirror), 'pack', name), { force: true });
}
const tasks = ['--task=loose-objects', '--task=incremental-repack'];

const namesIn = (folder: string): Promise<readonly string[]> => readdir(folder).catch(() => []);
