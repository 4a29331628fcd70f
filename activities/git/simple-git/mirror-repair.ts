/** A mirror whose objects are damaged, or not what they are named for, made good from the remote. */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Mirror, type Mirrors, quiet } from './mirror.ts';
import { createObjectStore } from './object-store.ts';

interface Parts extends Pick<Mirrors, 'git' | 'withScratch' | 'readLedger'> {
  readonly objectsOf: (mirror: Mirror) => string;
  readonly isWhole: (mirror: Mirror) => boolean;
  /** An empty mirror with these refs, fetched. `kept` is asked for in between, when there is somewhere to put objects. */
  readonly startOver: (mirror: Mirror, salvage: () => Promise<ReadonlyMap<string, string>>) => Promise<void>;
}

/** Both are called alone in the mirror. */
export function createMirrorRepair({ git, withScratch, readLedger, objectsOf, isWhole, startOver }: Parts) {
  const store = createObjectStore();

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

  /** Files of the store whose content is not what they are named for. */
  function findFalse(mirror: Mirror): Promise<readonly string[]> {
    const verifyPack = (index: string) =>
      git(mirror, 'verify-pack', ['--', index]).then(
        () => true,
        () => false,
      );
    return store.findFalse(
      { objects: objectsOf(mirror), seenFile: join(mirror.folder, 'packs.json') },
      verifyPack,
    );
  }

  return { rebuild, isDamaged, findFalse };
}
