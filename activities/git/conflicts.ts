/** Whether a merge that an agent finished is finished: no marker is left, and where there never was one it has decided. */
import type { ConflictedFile, ResolvedFile } from '../../domain/model/git.ts';
import type { RepositoryRef } from '../../domain/model/project.ts';
import type { CommitCandidateRequest } from './contract.ts';
import type { Git } from './port.ts';

/** Of a conflicted file, read for its markers. */
const largestMarkedFile = 4 * 1024 * 1024;

export interface Judged {
  readonly unresolved: readonly ConflictedFile[];
  readonly resolved: readonly ResolvedFile[];
}

/**
 * The merge is made again to know every conflict of it. A file without markers counts as resolved when the agent changed it, or a
 * path of the same conflict, or named it; an attempt that starts on an earlier candidate has done so before.
 */
export async function judgeConflicts(
  git: Git,
  { workspace: { repository }, headSha, startSha, merge, resolved: named = [] }: CommitCandidateRequest,
  tree: string,
): Promise<Judged> {
  if (merge === null) return { unresolved: [], resolved: [] };
  const merged = await git.mergeTree(repository, headSha, merge.parentSha);
  if (merged.kind === 'clean') return { unresolved: [], resolved: [] };
  const changesFrom = (from: string) => git.changes(repository, from, tree);
  const start = await changesFrom(merged.tree);
  const ours = await changesFrom(headSha);
  const theirs = await changesFrom(merge.parentSha);
  const isDecided = ({ path, others }: ConflictedFile) =>
    startSha !== merge.startSha || [path, ...others].some((each) => start.has(each) || named.includes(each));

  const unresolved: ConflictedFile[] = [];
  for (const file of merged.files)
    if (
      file.kind === 'content'
        ? await hasMarkers(git, repository, file.path, { tree, sides: [headSha, merge.parentSha] })
        : !isDecided(file)
    )
      unresolved.push(file);
  return {
    unresolved,
    resolved: merged.files.map(({ path, kind }) => ({
      path,
      kind,
      ended: howEnded(path, { start, ours, theirs }),
    })),
  };
}

type Changes = Awaited<ReturnType<Git['changes']>>;

function howEnded(
  path: string,
  since: { readonly start: Changes; readonly ours: Changes; readonly theirs: Changes },
): ResolvedFile['ended'] {
  const changes = [since.ours.get(path), since.theirs.get(path), since.start.get(path)];
  const known = changes.find((change) => change !== undefined);
  // As everywhere: then it is nowhere.
  if (known === undefined || known === 'deleted') return 'deleted';
  if (changes[0] === undefined) return 'ours';
  return changes[1] === undefined ? 'theirs' : 'edited';
}

/** Lines that look like one and are in neither side are markers; a text about merges may have some of its own. */
async function hasMarkers(
  git: Git,
  repository: RepositoryRef,
  path: string,
  { tree, sides }: { readonly tree: string; readonly sides: readonly string[] },
): Promise<boolean> {
  const marked = await markerLines(git, repository, tree, path);
  if (marked.length === 0) return false;
  const before = await Promise.all(sides.map((side) => markerLines(git, repository, side, path)));
  return marked.some((line) => !before.flat().includes(line));
}

async function markerLines(
  git: Git,
  repository: RepositoryRef,
  sha: string,
  path: string,
): Promise<readonly string[]> {
  const content = await git.readFile(repository, sha, path, largestMarkedFile);
  return content?.text.match(/^(?:<{7,}|>{7,}) .*$/gm) ?? [];
}
