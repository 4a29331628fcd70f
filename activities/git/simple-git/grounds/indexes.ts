/**
 * Our index of a ground: which of its files we have seen with which content. It lies beside the ground, where an agent may reach it,
 * so it counts only as this process wrote it; otherwise the ground's files are all looked at again.
 */
import { createHash } from 'node:crypto';
import { readFile, rename, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { readRegular } from '../../../support/hostile-file.ts';
import { removeTree } from '../../../support/remove-tree.ts';
import { putOurs } from '../files.ts';
import type { OpenGround } from './ground.ts';

export interface Indexes {
  /** Into the open ground; the commit that it was saved at, undefined: there is none to go by. */
  load(ground: OpenGround): Promise<string | undefined>;
  /** What the ground holds, as of now. Its bytes. */
  save(ground: OpenGround, sha: string): Promise<Buffer>;
  /** The bytes that were saved; undefined: there are none to go by. */
  read(path: string): Promise<Buffer | undefined>;
  /** The ground has been moved. */
  move(from: string, to: string): Promise<void>;
  forget(path: string): Promise<void>;
}

interface Saved {
  readonly sha: string;
  readonly digest: string;
  readonly size: number;
  readonly seconds: number;
}

const digestOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** `kind`: how its files are called, beside the grounds. */
export function createIndexes(kind: 'index' | 'origin' = 'index'): Indexes {
  const saved = new Map<string, Saved>();
  const fileOf = (path: string): string => `${path}.${kind}`;
  const readSaved = async (path: string): Promise<(Saved & { readonly bytes: Buffer }) | undefined> => {
    const known = saved.get(path);
    if (known === undefined) return undefined;
    const file = fileOf(path);
    const read = await readRegular(dirname(file), basename(file), { maxBytes: known.size });
    const isOurs = read.kind === 'read' && digestOf(read.bytes) === known.digest;
    return isOurs ? { ...known, bytes: read.bytes } : undefined;
  };
  return {
    read: async (path) => (await readSaved(path))?.bytes,
    async load({ path, scratch }) {
      const known = await readSaved(path);
      if (known === undefined) return undefined;
      await writeFile(scratch.indexFile, known.bytes);
      // Git looks again at files that are as new as the index; a copy must not seem newer than it was.
      await utimes(scratch.indexFile, known.seconds, known.seconds);
      return known.sha;
    },
    async save({ path, scratch }, sha) {
      const [bytes, { mtimeMs }] = await Promise.all([readFile(scratch.indexFile), stat(scratch.indexFile)]);
      await putOurs(fileOf(path), bytes);
      const seconds = Math.floor(mtimeMs) / 1000;
      saved.set(path, { sha, digest: digestOf(bytes), size: bytes.length, seconds });
      return bytes;
    },
    async move(from, to) {
      const known = saved.get(from);
      saved.delete(from);
      if (known === undefined) return;
      await removeTree(fileOf(to));
      await rename(fileOf(from), fileOf(to));
      saved.set(to, known);
    },
    async forget(path) {
      saved.delete(path);
      await removeTree(fileOf(path));
    },
  };
}
