/** What pushes do to pull requests, however they came: over HTTP, on disk, by a merge. */
import { pullRequestBody } from '../bodies/pulls.ts';
import { gitPerson } from '../bodies/users.ts';
import { emit } from '../events.ts';
import { broughtInBy, isAncestor, listRefs, updateRef } from '../git.ts';
import type { PullRequest, Repository } from '../state.ts';
import type { World } from '../world.ts';
import { branchTip } from './mergeability.ts';

/** `by`: login of whoever did it; null: somebody on disk, whose events wait for `notice`. */
export function observe(world: World, repository: Repository, by = pusherOf(world, repository)): void {
  const refs = listRefs(repository.path);
  const before = repository.refs;
  const names = new Set([...before.keys(), ...refs.keys()]);
  const moved = [...names].filter((name) => before.get(name) !== refs.get(name) && !isHidden(name));
  if (moved.length === 0) return;
  world.history.remember(repository);
  repository.refs = refs;
  repository.pushedAt = world.now();
  world.onDisk = by === null;
  try {
    for (const ref of moved) pushed(world, repository, { ref, before: before.get(ref), by });
    followPushes(world, repository, by);
  } finally {
    world.onDisk = false;
  }
}

const pusherOf = (world: World, { id }: Repository): string | null => world.pushing.get(id) ?? null;

const isHidden = (ref: string): boolean => ref.startsWith('refs/pull/');

function pushed(
  world: World,
  repository: Repository,
  push: { readonly ref: string; readonly before: string | undefined; readonly by: string | null },
): void {
  const sha = repository.refs.get(push.ref);
  world.effects.add('pushes', {
    repository: repository.fullName,
    by: push.by,
    ref: push.ref,
    sha: sha ?? null,
  });
  if (/^refs\/(heads|tags)\//.test(push.ref)) emitPush(world, repository, { ...push, sha });
}

export function emitPush(
  world: World,
  repository: Repository,
  push: {
    readonly ref: string;
    readonly before: string | undefined;
    readonly sha: string | undefined;
    readonly by: string | null;
  },
): void {
  const zero = '0'.repeat(40);
  const { ref, before = zero, sha = zero, by } = push;
  const forced = before !== zero && sha !== zero && !isAncestor(repository.path, before, sha);
  const payload = {
    ref,
    before,
    after: sha,
    base_ref: null,
    created: before === zero,
    deleted: sha === zero,
    forced,
    compare: `${world.url}/${repository.fullName}/compare/${before.slice(0, 12)}...${sha.slice(0, 12)}`,
    commits: [],
    head_commit: null,
    pusher: gitPerson(world, by ?? repository.owner),
  };
  emit(world, repository, { event: 'push', action: null, by, payload });
}

/** Closes, merges or moves on the open pull requests, as their branches are now. */
export function followPushes(world: World, repository: Repository, by: string | null): void {
  for (const pull of repository.pulls.values()) {
    if (pull.state !== 'open') continue;
    const base = branchTip(repository, pull.baseRef);
    const head = branchTip(repository, pull.headRef);
    const tip = head ?? pull.headSha;
    const { path } = repository;
    if (base !== undefined && base !== pull.seenBase) {
      if (isAncestor(path, tip, base) && !isAncestor(path, tip, pull.seenBase)) {
        const sha = broughtInBy(path, pull.seenBase, base, tip);
        pull.headSha = tip;
        markMerged(world, repository, pull, { sha, by });
        continue;
      }
      pull.seenBase = base;
    }
    if (base === undefined || head === undefined) closed(world, repository, pull, by);
    else if (head !== pull.headSha) {
      const before = pull.headSha;
      setHead(world, repository, pull, head);
      if (isAncestor(path, head, base)) closed(world, repository, pull, by);
      else synchronized(world, repository, pull, { before, by });
    }
  }
}

export function setHead(world: World, repository: Repository, pull: PullRequest, sha: string): void {
  pull.headSha = sha;
  pull.baseSha = branchTip(repository, pull.baseRef) ?? pull.baseSha;
  pull.seenBase = pull.baseSha;
  pull.updatedAt = world.now();
  const ref = `refs/pull/${pull.number}/head`;
  updateRef(repository.path, ref, sha, repository.refs.get(ref) ?? null);
  repository.refs.set(ref, sha);
}

function synchronized(
  world: World,
  repository: Repository,
  pull: PullRequest,
  { before, by }: { readonly before: string; readonly by: string | null },
): void {
  if (repository.protections.get(pull.baseRef)?.dismissStaleReviews === true)
    for (const review of pull.reviews) if (review.state === 'APPROVED') review.state = 'DISMISSED';
  const payload = { ...pullPayload(world, repository, pull), before, after: pull.headSha };
  emit(world, repository, { event: 'pull_request', action: 'synchronize', by, payload });
}

export function closed(world: World, repository: Repository, pull: PullRequest, by: string | null): void {
  pull.state = 'closed';
  pull.closedAt = pull.updatedAt = world.now();
  world.effects.add('closed', { repository: repository.fullName, number: pull.number, by });
  const payload = pullPayload(world, repository, pull);
  emit(world, repository, { event: 'pull_request', action: 'closed', by, payload });
}

export function markMerged(
  world: World,
  repository: Repository,
  pull: PullRequest,
  { sha, by }: { readonly sha: string; readonly by: string | null },
): void {
  pull.state = 'closed';
  pull.mergedBy = by;
  pull.mergeCommitSha = sha;
  pull.mergedAt = pull.closedAt = pull.updatedAt = world.now();
  const { number, baseRef } = pull;
  world.effects.add('merges', {
    repository: repository.fullName,
    number,
    ref: `refs/heads/${baseRef}`,
    sha,
    by,
  });
  const payload = pullPayload(world, repository, pull);
  emit(world, repository, { event: 'pull_request', action: 'closed', by, payload });
}

export const pullPayload = (world: World, repository: Repository, pull: PullRequest) => ({
  number: pull.number,
  pull_request: pullRequestBody(world, repository, pull),
});
