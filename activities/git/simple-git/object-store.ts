/**
 * The objects of a mirror, held against their names. Git believes what lies in its store; an agent that is not confined may reach
 * it. So before files are made of objects, each one that we have not seen as it is now is read and hashed.
 */
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInflate } from 'node:zlib';
import { replaceFile } from '../../support/atomic-file.ts';
import { readRegular } from '../../support/hostile-file.ts';

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
      if (JSON.stringify(now) !== JSON.stringify(before))
        await replaceFile(seenFile, JSON.stringify(now), { durable: false });
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
  const file = await readRegular(objects, path, { maxBytes: largestLoose });
  if (file.kind !== 'read') return false;
  return new Promise((resolve) => {
    const hash = createHash('sha1');
    const inflate = createInflate();
    inflate.on('data', (chunk: Buffer) => hash.update(chunk));
    inflate.on('error', () => resolve(false));
    inflate.on('end', () => resolve(hash.digest('hex') === path.replace('/', '')));
    inflate.end(file.bytes);
  });
}

async function readMarks(path: string): Promise<Readonly<Record<string, Mark>>> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Record<string, Mark>;
  } catch {
    // None yet, or cut off: they are looked at again.
    return {};
  }
}
