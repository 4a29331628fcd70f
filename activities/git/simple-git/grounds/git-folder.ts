/**
 * The `.git` folder of a ground: an ordinary repository with objects of its own, the mirror's as alternates, `origin`, its branches
 * and tags. It is for the programs that work there; none of our own git ever runs in it. What must stay true: nothing is written
 * through a path that those programs may have changed; a folder made elsewhere takes the old one's place.
 */
import { lstat, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cone } from '../../../../domain/model/cone.ts';
import { readRegular } from '../../../support/hostile-file.ts';
import { agentIdentity, branchRef } from '../map.ts';
import { type Mirror, remoteHead } from '../mirror.ts';
import { configText, packedRefs } from '../scratch.ts';
import { type Extras, listExtras, unchanged } from './git-extras.ts';
import type { Place } from './ground.ts';
import { sparseSettings, writePatterns } from '../sparse-patterns.ts';
import { removeTree } from '../../../support/remove-tree.ts';

export interface GitFolder {
  readonly mirror: Mirror;
  /** The mirror's ledger. */
  readonly refs: ReadonlyMap<string, string>;
  readonly branch: string;
  readonly headSha: string;
  /** Our index of the ground's files. */
  readonly index: Buffer;
  /** As setup left it; null: our own. */
  readonly config: string | null;
  /** What of the commit the ground holds; undefined: everything. */
  readonly cone: Cone | undefined;
}

/** Puts a new `.git` there. What else lay in the old one stays if it is as it was. What is left of it. */
export async function renewGitFolder(path: string, folder: GitFolder, extras: Extras): Promise<Extras> {
  const made = `${path}.git-new`;
  const old = `${path}.git-old`;
  await removeTree(made);
  await removeTree(old);
  await make(made, folder);
  const there = join(path, '.git');
  if ((await lstat(there).catch(() => undefined)) !== undefined) {
    await rename(there, old);
    for (const name of unchanged(extras, listExtras(old)).map((each) => Buffer.from(each, 'latin1')))
      await rename(within(old, name), within(made, name));
  }
  await putPatterns(made, folder.cone);
  await rename(made, there);
  await removeTree(old);
  return listExtras(there);
}

/** Among what setup may have put there. */
async function putPatterns(folder: string, cone: Cone | undefined): Promise<void> {
  const info = join(folder, 'info');
  if ((await lstat(info).catch(() => undefined))?.isDirectory() === false) await removeTree(info);
  await removeTree(join(info, 'sparse-checkout'));
  await writePatterns(folder, cone);
}

const within = (folder: string, name: Buffer): Buffer => Buffer.concat([Buffer.from(`${folder}/`), name]);

async function make(
  folder: string,
  { mirror, refs, branch, headSha, index, config, cone }: GitFolder,
): Promise<void> {
  // Not of somebody's who was quicker.
  await mkdir(folder);
  await mkdir(join(folder, 'objects', 'info'), { recursive: true });
  await mkdir(join(folder, 'objects', 'pack'));
  await mkdir(join(folder, 'refs', 'remotes', 'origin'), { recursive: true });
  await mkdir(join(folder, 'refs', 'heads'));
  const remote = new Map([...refs].filter(([ref]) => /^refs\/(remotes\/origin|tags)\//.test(ref)));
  const head = remote.get(remoteHead);
  const base = head?.replace('refs/remotes/origin/', '') ?? null;
  const baseSha = head === undefined ? undefined : remote.get(head);
  const heads = new Map([[branchRef(branch), headSha]]);
  if (base !== null && baseSha !== undefined && !clashes(base, branch)) heads.set(branchRef(base), baseSha);
  await Promise.all([
    writeFile(join(folder, 'HEAD'), `ref: ${branchRef(branch)}\n`),
    writeFile(join(folder, 'config'), config ?? ownConfig(mirror, { cone })),
    writeFile(join(folder, 'objects', 'info', 'alternates'), `${join(mirror.gitDir, 'objects')}\n`),
    writeFile(join(folder, 'packed-refs'), packedRefs(new Map([...remote, ...heads]))),
    writeFile(join(folder, 'index'), index),
    ...(head === undefined ? [] : [writeFile(join(folder, remoteHead), `ref: ${head}\n`)]),
  ]);
}

/** The same branch, or one in the other's way. */
const clashes = (one: string, other: string): boolean =>
  `${one}/`.startsWith(`${other}/`) || `${other}/`.startsWith(`${one}/`);

/** Nothing is pushed from a ground by mistake. */
export const ownConfig = ({ remote: { url } }: Mirror, { cone }: Pick<Place, 'cone'>): string =>
  configText([
    ['core.repositoryFormatVersion', '0'],
    ['core.fileMode', String(process.platform !== 'win32')],
    ['core.bare', 'false'],
    ['core.logAllRefUpdates', 'true'],
    ['user.name', agentIdentity.name],
    ['user.email', agentIdentity.email],
    ['remote.origin.url', url],
    ['remote.origin.fetch', '+refs/heads/*:refs/remotes/origin/*'],
    ['remote.origin.pushUrl', 'phasewright://pushes-itself'],
    ['gc.auto', '0'],
    ['maintenance.auto', 'false'],
    ...(cone === undefined ? [] : sparseSettings),
  ]);

const textBytes = 1024 * 1024;

/** The ground's configuration; undefined: none that can be read. */
export async function readConfig(path: string): Promise<string | undefined> {
  const read = await readRegular(path, '.git/config', { maxBytes: textBytes });
  return read.kind === 'read' ? read.bytes.toString('utf8') : undefined;
}

export type Head =
  | { readonly kind: 'branch'; readonly branch: string; readonly sha: string | null }
  /** As the end of 'somebody …'. */
  | { readonly kind: 'wrong'; readonly what: string };

/** Where the programs that work there left it, read from its files. */
export async function readHead(path: string): Promise<Head> {
  const folder = await lstat(join(path, '.git')).catch(() => undefined);
  if (folder === undefined) return { kind: 'wrong', what: 'deleted .git' };
  if (!folder.isDirectory()) return { kind: 'wrong', what: 'replaced .git' };
  const text = await read(path, '.git/HEAD');
  const branch = /^ref: refs\/heads\/(.+)$/.exec(text ?? '')?.[1];
  if (text === undefined) return { kind: 'wrong', what: "damaged .git (its HEAD can't be read)" };
  if (branch === undefined) return { kind: 'wrong', what: 'detached HEAD from the branch' };
  const loose = /(^|\/)\.\.?(\/|$)/.test(branch) ? undefined : await read(path, `.git/refs/heads/${branch}`);
  const packed = (await read(path, '.git/packed-refs'))
    ?.split('\n')
    .find((line) => line.endsWith(` refs/heads/${branch}`))
    ?.split(' ')[0];
  const sha = loose ?? packed ?? '';
  return { kind: 'branch', branch, sha: /^[0-9a-f]{40}$/.test(sha) ? sha : null };
}

async function read(path: string, name: string): Promise<string | undefined> {
  const file = await readRegular(path, name, { maxBytes: 64 * textBytes });
  return file.kind === 'read' ? file.bytes.toString('utf8').trim() : undefined;
}
