/**
 * The part of a repository that a project works in: folders with all that is in them, and the files at the top and in the folders
 * around these. What git calls a cone: https://git-scm.com/docs/git-sparse-checkout
 */
import type { OpenMerge } from './git.ts';
import type { WorkspaceRef } from './project.ts';

export interface Cone {
  readonly folders: ReadonlySet<string>;
  /** In which only the files themselves count; the top is the empty one. */
  readonly around: ReadonlySet<string>;
}

const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

/** Undefined: everything. */
export function coneOf(paths: readonly string[] | undefined): Cone | undefined {
  if (paths === undefined || paths.length === 0) return undefined;
  const isWithin = (path: string, other: string): boolean => path.startsWith(`${other}/`);
  const folders = new Set(paths.filter((path) => !paths.some((other) => isWithin(path, other))));
  const around = new Set(['']);
  for (const folder of folders) for (let at = parentOf(folder); at !== ''; at = parentOf(at)) around.add(at);
  return { folders, around };
}

/** Of a file; of a folder, if it is named with a slash at its end. */
export function isInCone({ folders, around }: Cone, path: string): boolean {
  let at = parentOf(path);
  if (around.has(at)) return true;
  while (at !== '' && !folders.has(at)) at = parentOf(at);
  return at !== '';
}

/** As many as a merge names; there may be more. */
const mostNamed = 50;

/**
 * Where an agent works: a merge that conflicts outside of the project's folders is for somebody who sees the whole, so its agent gets
 * all of the repository for as long as the merge is open.
 */
export function workspaceOf({ paths, ...whole }: WorkspaceRef, merge: OpenMerge | null): WorkspaceRef {
  const cone = coneOf(paths);
  if (cone === undefined || paths === undefined) return whole;
  const files = merge?.files ?? [];
  const isInside = files.every(({ path, others }) => [path, ...others].every((each) => isInCone(cone, each)));
  return isInside && files.length < mostNamed ? { ...whole, paths } : whole;
}

/** For people and agents. */
export const coneText = (paths: readonly string[]): string =>
  `${paths.join(', ')}, and the files at the top and in the folders around ${paths.length === 1 ? 'it' : 'them'}`;
