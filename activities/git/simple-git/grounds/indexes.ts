/**
 * Our index of a ground: which of its files we have seen with which content. It lies beside the ground, where an agent may reach it,
 * so it counts only as this process wrote it; otherwise the ground's files are all looked at again.
 */
import { createHash } from 'node:crypto';
import { readFile, stat, utimes, writeFile } from 'node:fs/promises';
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
  forget(path: string): Promise<void>;
}

interface Saved {
  readonly sha: string;
  readonly digest: string;
  readonly size: number;
  readonly seconds: number;
}

const fileOf = (path: string): string => `${path}.index`;
const digestOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

export function createIndexes(): Indexes {
  const saved = new Map<string, Saved>();
  return {
    async load({ path, scratch }) {
      const known = saved.get(path);
      if (known === undefined) return undefined;
      const file = fileOf(path);
      const read = await readRegular(dirname(file), basename(file), { maxBytes: known.size });
      if (read.kind !== 'read' || digestOf(read.bytes) !== known.digest) return undefined;
      await writeFile(scratch.indexFile, read.bytes);
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
    async forget(path) {
      saved.delete(path);
      await removeTree(fileOf(path));
    },
  };
}
