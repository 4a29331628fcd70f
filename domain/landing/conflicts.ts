/** What agents and people read about the conflicts of a merge: what they are, what is left to decide, and how each ended. */
import type { ConflictedFile, OpenMerge, ResolvedFile } from '../model/git.ts';
import { firstOf } from '../text/truncate.ts';
import type { LandingPolicy } from './landing.ts';

const named = 20;

const hasMarkers = ({ kind }: ConflictedFile): boolean => kind === 'content';
const paths = (files: readonly ConflictedFile[]): string =>
  firstOf(
    files.map(({ path }) => path),
    named,
  ).join(', ');
const described = (files: readonly ConflictedFile[]): string =>
  firstOf(
    files.map(({ path, kind, says }) => `${path} (${kind}: ${says})`),
    named,
  ).join('; ');

const marked = (files: readonly ConflictedFile[]): string =>
  `These files hold conflict markers: ${paths(files)}. Resolve each so that what both sides meant is kept, and leave no marker.`;
const unmarked = (files: readonly ConflictedFile[]): string =>
  `These are in conflict without any marker in them: ${described(files)}. Decide each: change, replace or remove the file; or, if it is right as it stands, name it in "resolved" of your result.`;

function whatIsLeft(files: readonly ConflictedFile[]): string {
  const without = files.filter((file) => !hasMarkers(file));
  const withThem = files.filter(hasMarkers);
  return [
    ...(withThem.length > 0 ? [marked(withThem)] : []),
    ...(without.length > 0 ? [unmarked(without)] : []),
  ].join(' ');
}

/** What an agent is told about a merge that git could not finish. */
export const conflict = ({ baseBranch, branch }: LandingPolicy, { files }: OpenMerge): string =>
  `'${baseBranch}' moved and conflicts with '${branch}'. Both sides are merged in your worktree. ${whatIsLeft(files)}`;

/** What it is told when it left some of it undecided. */
export const unresolved = (files: readonly ConflictedFile[]): string =>
  `The merge is not finished. ${whatIsLeft(files)}`;

const ends: Readonly<Record<ResolvedFile['ended'], string>> = {
  ours: 'ours: as on this branch',
  theirs: 'theirs: as on its base',
  edited: 'edited: as neither side had it',
  deleted: 'deleted',
};

export const howEnded = ({ ended }: ResolvedFile): string => ends[ended];
