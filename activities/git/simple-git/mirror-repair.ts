/** A mirror whose objects are damaged, or not what they are named for, made good from the remote. */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { endedLate } from './errors.ts';
import { type Mirror, type Mirrors, quiet } from './mirror.ts';
import { createObjectStore } from './object-store.ts';

interface Parts extends Pick<Mirrors, 'git' | 'withScratch' | 'readLedger'> {
  readonly objectsOf: (mirror: Mirror) => string;
  readonly isWhole: (mirror: Mirror) => boolean;
  /** Fetches all of it, whatever is there. */
  readonly fetchAnew: (mirror: Mirror) => Promise<void>;
  /** An empty mirror with these refs, fetched. `salvage` is called in between, when there is somewhere to put objects. */
  readonly startOver: (mirror: Mirror, salvage: () => Promise<ReadonlyMap<string, string>>) => Promise<void>;
}

/** `mend` is called alone in the mirror. */
export function createMirrorRepair({
  git,
  withScratch,
  readLedger,
  objectsOf,
  isWhole,
  fetchAnew,
  startOver,
}: Parts) {
  const store = createObjectStore();

  /** What is false is removed, what is missing is had again; only if that is not enough, all of it is made anew. */
  async function mend(mirror: Mirror): Promise<void> {
    if (isWhole(mirror)) {
      await removeFalse(mirror);
      await fetchAnew(mirror).catch(() => undefined);
    }
    if (await isDamaged(mirror)) await rebuild(mirror);
  }

  /** Replaces a damaged mirror; what can still be read of our own refs (candidates not yet landed) is taken along. */
  async function rebuild(mirror: Mirror): Promise<void> {
    const broken = `${mirror.gitDir}.broken`;
    const own = [...(await readLedger(mirror))].filter(([ref]) => ref.startsWith('refs/phasewright/'));
    await rm(broken, { recursive: true, force: true });
    await rename(mirror.gitDir, broken).catch(() => undefined);
    await startOver(mirror, async () => {
      const kept = new Map<string, string>();
      for (const [ref, sha] of own) if (await salvage(mirror, broken, ref, sha)) kept.set(ref, sha);
      return kept;
    });
    await rm(broken, { recursive: true, force: true });
  }

  /** From a scratch folder that is lent the broken objects: nothing else of theirs is read. */
  const salvage = (mirror: Mirror, broken: string, ref: string, sha: string): Promise<boolean> =>
    withScratch(mirror, { refs: new Map([[ref, sha]]) }, async (from) => {
      await mkdir(join(from.gitDir, 'objects', 'info'));
      await writeFile(join(from.gitDir, 'objects', 'info', 'alternates'), `${join(broken, 'objects')}\n`);
      return git(mirror, 'fetch', [...quiet, '--end-of-options', from.gitDir, ref]).then(
        () => true,
        () => false,
      );
    });

  async function isDamaged(mirror: Mirror): Promise<boolean> {
    if (!isWhole(mirror)) return true;
    const refs = await readLedger(mirror);
    return withScratch(mirror, { refs }, (scratch) =>
      git(mirror, 'fsck', ['--no-dangling', '--no-progress'], { scratch }).then(
        () => false,
        () => true,
      ),
    );
  }

  /** Objects whose content is not what they are named for. True: there were some. */
  async function removeFalse(mirror: Mirror): Promise<boolean> {
    const verifyPack = (index: string) =>
      git(mirror, 'verify-pack', ['--', index]).then(
        () => true,
        (error: unknown) => {
          if (endedLate(error)) throw error;
          return false;
        },
      );
    const seenFile = join(mirror.folder, 'packs.json');
    const bad = await store.findFalse({ objects: objectsOf(mirror), seenFile }, verifyPack);
    for (const path of bad) await rm(path, { recursive: true, force: true });
    return bad.length > 0;
  }

  return { mend, isDamaged, removeFalse };
}
