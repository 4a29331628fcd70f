/**
 * Artifacts as plain files under one folder. What must stay true: no id, and no symbolic link that something left there, leads
 * out of that folder; a file is whole or absent; none grows past the cap.
 */
import type { Stats } from 'node:fs';
import { realpathSync } from 'node:fs';
import { lstat, mkdir, rm } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { numbered } from '../../../domain/names/artifacts.ts';
import { createFile, isErrno, replaceFile, temporaryPrefix } from '../../support/atomic-file.ts';
import { openRegular, readRegular } from '../../support/hostile-file.ts';
import { listFolder } from '../../support/hostile-folder.ts';
import type { Artifacts } from '../port.ts';
import { invalidId, leadsOut } from './errors.ts';

export interface FileArtifactsOptions {
  readonly root: string;
  /** Longer texts are cut and say so. Default 16 MiB. */
  readonly maxBytes?: number;
  /** Most ids that `list` returns. Default 10,000. */
  readonly maxListed?: number;
}

export function createFileArtifacts(options: FileArtifactsOptions): Artifacts {
  const { root, maxBytes = 16 * 1024 * 1024, maxListed = 10_000 } = options;
  const base = resolve(root);

  /** The path of an id or a prefix, every existing part of it a real folder of ours. `''` is the root. */
  async function confined(id: string): Promise<string> {
    const parts = id === '' ? [] : id.split('/');
    for (const part of parts) {
      if (!/^[A-Za-z0-9_][\w.-]{0,199}$/.test(part) || part.includes('..')) throw invalidId(id);
    }
    if (id.length > 1_000) throw invalidId(id);
    let path = base;
    for (const part of parts) {
      path = join(path, part);
      if ((await statOf(path))?.isSymbolicLink() === true) throw leadsOut(id, path);
    }
    return path;
  }

  async function file(id: string): Promise<string> {
    if (id === '') throw invalidId(id);
    return confined(id);
  }

  return {
    async write(id, text) {
      await replaceFile(await file(id), capped(Buffer.from(text, 'utf8'), maxBytes));
      return id;
    },

    async add(id, text) {
      const bytes = capped(Buffer.from(text, 'utf8'), maxBytes);
      for (let count = 1; ; count += 1) {
        const each = numbered(id, count);
        const path = await file(each);
        if (await createFile(path, bytes)) return each;
        const there = await readRegular(base, each, { maxBytes });
        if (there.kind === 'read' && bytes.equals(there.bytes)) return each;
      }
    },

    async unused(id) {
      for (let count = 1; ; count += 1) {
        const each = numbered(id, count);
        if ((await statOf(await file(each))) === undefined) return each;
      }
    },

    async read(id, limit) {
      await file(id);
      // The check above may be out of date by now; this one is not.
      const opened = await openRegular(base, id, { maxBytes: Number.MAX_SAFE_INTEGER });
      if (opened.kind !== 'opened') return undefined;
      const { handle, size } = opened;
      try {
        const bytes = Buffer.alloc(Math.max(0, Math.min(size, Math.floor(limit))));
        const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
        const truncated = size > bytes.length;
        const kept = bytes.subarray(0, bytesRead);
        return { text: (truncated ? wholeCharacters(kept) : kept).toString('utf8'), truncated };
      } finally {
        await handle.close();
      }
    },

    async list(prefix) {
      const found: string[] = [];
      const walk = async (id: string, path: string): Promise<void> => {
        if (found.length >= maxListed) return;
        const status = await statOf(path);
        if (status?.isFile() === true) found.push(id);
        if (status?.isDirectory() !== true) return;
        const listed = await listFolder(base, id, { maxEntries: maxListed });
        const names = listed.kind === 'listed' ? listed.entries.map(({ name }) => name) : [];
        for (const name of names.sort(inOrder)) {
          if (!name.startsWith(temporaryPrefix))
            await walk(id === '' ? name : `${id}/${name}`, join(path, name));
        }
      };
      const id = prefix.replace(/\/+$/, '');
      await walk(id, await confined(id));
      return found;
    },

    async folders(prefix) {
      await confined(prefix);
      const listed = await listFolder(base, prefix, { maxEntries: maxListed });
      if (listed.kind !== 'listed') return [];
      return listed.entries.filter((each) => each.isDirectory()).map(({ name }) => name);
    },

    async path(id) {
      const path = await file(id);
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const real = realpathSync(dirname(path));
      if (real !== realpathSync(base) && !real.startsWith(`${realpathSync(base)}${sep}`))
        throw leadsOut(id, real);
      return path;
    },

    async remove(prefix) {
      // rm doesn't follow links: one that lies inside goes, what it points to stays.
      await rm(await file(prefix.replace(/\/+$/, '')), { recursive: true, force: true });
    },
  };
}

async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** `2` before `10`: attempts are numbers. */
const inOrder = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true });

function capped(bytes: Buffer, max: number): Buffer {
  if (bytes.length <= max) return bytes;
  const mark = (left: number) => Buffer.from(`\n[cut here: ${left} more bytes]\n`);
  const kept = wholeCharacters(bytes.subarray(0, Math.max(0, max - mark(bytes.length).length)));
  return Buffer.concat([kept, mark(bytes.length - kept.length)]);
}

/** Without the half character at the end that a cut may have left. */
function wholeCharacters(bytes: Buffer): Buffer {
  let start = bytes.length - 1;
  while (start >= 0 && bytes.length - start < 4 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start -= 1;
  const lead = bytes[start] ?? 0;
  const needed = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  return start >= 0 && bytes.length - start < needed ? bytes.subarray(0, start) : bytes;
}
