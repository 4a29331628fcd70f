/**
 * Grounds that nobody uses any more, kept for the next workspace of the same repository: to switch one costs a tenth of making one.
 * What must stay true: a kept ground belongs to nobody or to one workspace, never half to either (it is made ready aside and comes
 * by one rename); of its files only those count that lie there as this process checked them out, to the nanosecond of their change,
 * and nothing else is left of who was there before. A process that ends takes what it knew along: its grounds are removed.
 */
import { randomUUID } from 'node:crypto';
import { lstat, mkdir, readdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { KeptLimits } from '../../../../domain/model/kept-limits.ts';
import { isAlive } from '../../../support/process-table.ts';
import { identityOf } from '../../../support/process-records.ts';
import { runDetached } from '../../../support/current-run.ts';
import { missesObject } from '../errors.ts';
import type { Mirror } from '../mirror.ts';
import type { Trash } from '../trash.ts';
import { type Filled, fill, refill, stripKept } from './fill.ts';
import { createIndexes, type Indexes } from './indexes.ts';
import type { OpenGround, Place } from './ground.ts';
import { patternsOf } from '../sparse-patterns.ts';

/** An agent's ground stays with agents. */
export type GroundKind = 'agent' | 'checks';

export interface Pool {
  /** A folder at `to` with the commit's files and nothing else, instead of whatever lay there. */
  place(mirror: Mirror, kind: GroundKind, to: Place, sha: string): Promise<void>;
  /** Takes a ground over that its workspace needs no more: nothing lies there afterwards. */
  keep(path: string): Promise<void>;
}

/** What this process knows of a ground that it filled. */
interface Known extends Filled {
  /** Of its repository, what of it lies there, and what it may be used for. */
  readonly key: string;
}

interface Kept extends Known {
  readonly path: string;
  /** Until then it is stripped. */
  readonly ready: Promise<void>;
}

type Wanted = Pick<Known, 'key'> & Pick<Place, 'cone'>;

export interface PoolOptions {
  readonly dataDir: string;
  readonly trash: Trash;
  readonly limits: KeptLimits;
  /** Our indexes of grounds in use: what is placed comes with one. */
  readonly indexes: Indexes;
  readonly open: <T>(mirror: Mirror, place: Place, body: (ground: OpenGround) => Promise<T>) => Promise<T>;
}

export function createPool({ dataDir, trash, limits, indexes, open }: PoolOptions): Pool {
  const root = join(dataDir, 'kept');
  const own = join(root, `${process.pid}-${identityOf(process.pid).startedAt}-${randomUUID()}`);
  const ready = removeAbandoned(root, trash);
  /** As its files were filled in, whatever became of them since. */
  const origins = createIndexes('origin');
  const known = new Map<string, Known>();
  const kept: Kept[] = [];
  let made = 0;
  const newPath = (): string => join(own, String((made += 1)));
  const parts = { indexes, origins, trash };

  async function forget(path: string): Promise<void> {
    known.delete(path);
    await origins.forget(path);
    await indexes.forget(path);
    await trash.put(path);
  }

  /** The one that was used last. Undefined: none that can be switched to this commit. */
  async function takeKept(mirror: Mirror, { key, cone }: Wanted, sha: string): Promise<string | undefined> {
    const at = kept.findLastIndex((each) => each.key === key);
    const [found] = at < 0 ? [] : kept.splice(at, 1);
    if (found === undefined) return undefined;
    const { path } = found;
    await found.ready;
    try {
      const filled = await open(mirror, { path, cone }, (ground) => refill(parts, ground, found, sha));
      if (filled !== undefined) {
        known.set(path, { key, ...filled });
        return path;
      }
    } catch (error) {
      // Not the ground's fault: once the object is here, it serves.
      if (missesObject(error)) {
        kept.push(found);
        throw error;
      }
    }
    await forget(path);
    return undefined;
  }

  async function makeNew(mirror: Mirror, { key, cone }: Wanted, sha: string): Promise<string> {
    const path = newPath();
    await mkdir(path, { recursive: true, mode: 0o700 });
    try {
      known.set(path, { key, ...(await open(mirror, { path, cone }, (ground) => fill(parts, ground, sha))) });
      return path;
    } catch (error) {
      await forget(path);
      throw error;
    }
  }

  async function move(from: string, to: string): Promise<void> {
    const it = known.get(from);
    await rename(from, to);
    known.delete(from);
    if (it !== undefined) known.set(to, it);
    await origins.move(from, to);
    await indexes.move(from, to);
  }

  function keepWithinLimits(): void {
    const tooMuch = () =>
      kept.length > limits.count || kept.reduce((sum, { bytes }) => sum + bytes, 0) > limits.bytes;
    while (tooMuch()) {
      const oldest = kept.shift();
      if (oldest !== undefined) void oldest.ready.then(() => forget(oldest.path)).catch(() => undefined);
    }
  }

  return {
    async place(mirror, kind, { path: to, cone }, sha) {
      await ready;
      await forget(to);
      const what = cone === undefined ? '' : patternsOf(cone);
      const wanted = { key: `${kind} ${mirror.key} ${what}`, cone };
      const path = (await takeKept(mirror, wanted, sha)) ?? (await makeNew(mirror, wanted, sha));
      await mkdir(dirname(to), { recursive: true, mode: 0o700 });
      await move(path, to);
    },

    async keep(path) {
      const it = known.get(path);
      const isFolder = (await lstat(path).catch(() => undefined))?.isDirectory() === true;
      if (it === undefined || !isFolder || limits.count === 0 || it.bytes > limits.bytes) return forget(path);
      const to = newPath();
      try {
        await mkdir(own, { recursive: true, mode: 0o700 });
        await move(path, to);
      } catch {
        await forget(to);
        return forget(path);
      }
      known.delete(to);
      await indexes.forget(to);
      const stripped = runDetached(() => stripKept(parts, to));
      kept.push({ ...it, path: to, ready: stripped.catch(() => undefined) });
      keepWithinLimits();
    },
  };
}

/** Of workers that ended: nobody knows any more what is in them. */
async function removeAbandoned(root: string, trash: Trash): Promise<void> {
  for (const name of await readdir(root).catch(() => [])) {
    const [pid = '', startedAt = ''] = name.split('-');
    if (!isAlive({ pid: Number(pid), startedAt })) await trash.put(join(root, name)).catch(() => undefined);
  }
}
