/**
 * The objects of a mirror, held against their names. Git believes what lies in its store; an agent that is not confined may reach
 * it. So before files are made of objects, each one that we have not seen as it is now is read and hashed.
 */
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createInflate } from 'node:zlib';
import { openRegular } from '../../support/hostile-file.ts';
import { putOurs, readOurs } from './files.ts';

export interface ObjectStore {
  /** Files of the store whose content is not what they are named for. `verifyPack`: asks git about a pack. */
  findFalse(
    store: { readonly objects: string; readonly seenFile: string },
    verifyPack: (index: string) => Promise<boolean>,
  ): Promise<readonly string[]>;
}

/** A file as it was when it was found to be right: whoever changes it can't give it its old times back. */
type Mark = string;

export function createObjectStore(): ObjectStore {
  const seen = new Map<string, Mark>();

  async function findFalseLoose(objects: string): Promise<readonly string[]> {
    const bad: string[] = [];
    for (const folder of namesIn(objects).filter((name) => /^[0-9a-f]{2}$/.test(name))) {
      // Through a link we would judge, and remove, what is somebody else's.
      if (lstatSync(join(objects, folder), { throwIfNoEntry: false })?.isDirectory() !== true) {
        bad.push(join(objects, folder));
        continue;
      }
      for (const name of namesIn(join(objects, folder)).filter((each) => /^[0-9a-f]{38}$/.test(each))) {
        const path = join(objects, folder, name);
        const mark = markOf(path);
        if (mark === undefined || seen.get(path) === mark) continue;
        if (await holds(objects, `${folder}/${name}`)) seen.set(path, mark);
        else bad.push(path);
      }
    }
    return bad;
  }

  return {
    async findFalse({ objects, seenFile }, verifyPack) {
      const bad = [...(await findFalseLoose(objects))];
      // Packs are large: what was found right stays so over a restart, as long as nobody touched the file.
      const before = await readMarks(seenFile);
      const now: Record<string, Mark> = {};
      for (const name of namesIn(join(objects, 'pack')).filter((each) => each.endsWith('.idx'))) {
        const paths = [name, name.replace(/idx$/, 'pack')].map((each) => join(objects, 'pack', each));
        const mark = paths.map(markOf).join(', ');
        if (before[name] === mark || (await verifyPack(paths[0] ?? ''))) now[name] = mark;
        else bad.push(...paths);
      }
      if (JSON.stringify(now) !== JSON.stringify(before)) await putOurs(seenFile, JSON.stringify(now));
      return bad;
    },
  };
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function markOf(path: string): Mark | undefined {
  const info = lstatSync(path, { throwIfNoEntry: false });
  return info === undefined
    ? undefined
    : [info.ino, info.mode, info.size, info.mtimeMs, info.ctimeMs].join(' ');
}

const largestLoose = 2 ** 32;

/** Whether a loose object's content has the id that its name says. */
async function holds(objects: string, path: string): Promise<boolean> {
  const file = await openRegular(objects, path, { maxBytes: largestLoose });
  if (file.kind !== 'opened') return false;
  const hash = createHash('sha1');
  let left: number | undefined;
  try {
    await pipeline(file.handle.createReadStream({ autoClose: false }), createInflate(), async (chunks) => {
      for await (const chunk of chunks as AsyncIterable<Buffer>) {
        hash.update(chunk);
        // What it says of itself comes first; more than that need not be read to be false.
        left ??= sizeSaid(chunk);
        left -= chunk.length;
        if (left < 0) throw new Error('It is longer than it says.');
      }
    });
    return hash.digest('hex') === path.replace('/', '');
  } catch {
    return false;
  } finally {
    await file.handle.close();
  }
}

/** With the header itself. */
function sizeSaid(start: Buffer): number {
  const header = /^[a-z]+ (\d+)\0/.exec(start.toString('latin1', 0, 64));
  return header === null ? 0 : header[0].length + Number(header[1]);
}

async function readMarks(path: string): Promise<Readonly<Record<string, Mark>>> {
  try {
    const read: unknown = JSON.parse((await readOurs(path)) ?? '');
    return typeof read === 'object' && read !== null ? (read as Record<string, Mark>) : {};
  } catch {
    // None yet, or cut off: they are looked at again.
    return {};
  }
}
