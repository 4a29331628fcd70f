/**
 * A commit written as git's own loose object, without a process: the fence alone needs one with every push. It is the object
 * that `git commit-tree` makes, to the byte; whatever is out of the ordinary is left to git.
 * The format: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { constants, deflateSync, inflateSync } from 'node:zlib';
import { emptyTree, type Person } from './map.ts';

export interface NewCommit {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
  readonly author: Person;
  readonly committer: Person;
}

/** Its id; undefined: git has to make it (or say why it can't). */
export async function writeLooseCommit(gitDir: string, commit: NewCommit): Promise<string | undefined> {
  const text = commitText(commit);
  if (text === undefined) return undefined;
  const { tree, parents } = commit;
  const there = await Promise.all([
    tree === emptyTree || isLoose(gitDir, 'tree', tree),
    ...parents.map((parent) => isLoose(gitDir, 'commit', parent)),
  ]);
  if (!there.every(Boolean)) return undefined;
  const body = Buffer.from(text);
  const object = Buffer.concat([Buffer.from(`commit ${body.length}\0`), body]);
  const id = createHash('sha1').update(object).digest('hex');
  return (await store(pathOf(gitDir, id), object)) ? id : undefined;
}

/** Undefined for what git would change or refuse on the way. */
function commitText({ tree, parents, message, author, committer }: NewCommit): string | undefined {
  const lines = [author, committer].map(signature);
  const usual = message.endsWith('\n') && wellFormed(message) && !message.includes('\0');
  // Git drops a parent that is named twice.
  if (!usual || lines.includes(undefined) || new Set(parents).size < parents.length) return undefined;
  if (![tree, ...parents].every((id) => /^[0-9a-f]{40}$/.test(id))) return undefined;
  const header = [
    `tree ${tree}`,
    ...parents.map((parent) => `parent ${parent}`),
    `author ${lines[0]}`,
    `committer ${lines[1]}`,
  ];
  return `${header.join('\n')}\n\n${message}`;
}

/** As git sees it: it takes text with a code point that is no character for Latin-1, and converts it. */
const wellFormed = (text: string): boolean => !/[\p{Noncharacter_Code_Point}\p{Surrogate}]/u.test(text);

function signature({ name, email, date }: Person): string | undefined {
  const when = /^@(\d+ [+-]\d{4})$/.exec(date)?.[1];
  const plain = /^[A-Za-z][A-Za-z0-9 ]*(?<! )$/.test(name) && /^[a-z0-9]+@[a-z0-9.]+[a-z0-9]$/.test(email);
  return plain && when !== undefined ? `${name} <${email}> ${when}` : undefined;
}

const pathOf = (gitDir: string, id: string): string => join(gitDir, 'objects', id.slice(0, 2), id.slice(2));

/** There, readable, and of that type. In a pack counts as not: git knows how to look there. */
async function isLoose(gitDir: string, type: 'commit' | 'tree', id: string): Promise<boolean> {
  try {
    const packed = await readFile(pathOf(gitDir, id));
    const start = inflateSync(packed.subarray(0, 128), { finishFlush: constants.Z_SYNC_FLUSH });
    return start.subarray(0, type.length + 1).toString() === `${type} `;
  } catch {
    return false;
  }
}

/** False when it can't be written here; git then gives the reason. */
async function store(path: string, object: Buffer): Promise<boolean> {
  if ((await stat(path).catch(() => undefined)) !== undefined) return true;
  const draft = join(dirname(path), `tmp_obj_${randomBytes(6).toString('hex')}`);
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(draft, deflateSync(object), { mode: 0o444, flag: 'wx' });
    await rename(draft, path);
    return true;
  } catch {
    await rm(draft, { force: true }).catch(() => undefined);
    return false;
  }
}
