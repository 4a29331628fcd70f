/** Opening and changing pull requests. */
import { emit } from '../events.ts';
import { commitsBetween, git, isAncestor } from '../git.ts';
import { invalid, notFound } from '../refusal.ts';
import type { PullRequest, Repository } from '../state.ts';
import type { World } from '../world.ts';
import { branchTip } from './mergeability.ts';
import { closed, pullPayload, setHead } from './observe.ts';

export interface NewPullRequest {
  /** `branch` or `owner:branch`. */
  readonly head: string;
  readonly base: string;
  readonly title: string;
  readonly body?: string | null;
  readonly draft?: boolean;
}

export function pullOf(repository: Repository, number: number): PullRequest {
  const pull = repository.pulls.get(number);
  if (pull === undefined) throw notFound();
  return pull;
}

const custom = (message: string, field?: string) =>
  invalid({ resource: 'PullRequest', code: 'custom', message, ...(field === undefined ? {} : { field }) });

export function openPullRequest(
  world: World,
  repository: Repository,
  by: string,
  request: NewPullRequest,
): PullRequest {
  const { owner, path } = repository;
  const label = request.head.includes(':') ? request.head : `${owner}:${request.head}`;
  const headRef = label.slice(label.indexOf(':') + 1);
  const { base: baseRef, title, body = null, draft = false } = request;
  checkTexts(title, body);
  const head = label === `${owner}:${headRef}` ? branchTip(repository, headRef) : undefined;
  const base = branchTip(repository, baseRef);
  if (head === undefined || base === undefined)
    throw invalid(
      ...(head === undefined ? [{ resource: 'PullRequest', field: 'head', code: 'invalid' } as const] : []),
      ...(base === undefined ? [{ resource: 'PullRequest', field: 'base', code: 'invalid' } as const] : []),
    );
  if (findOpen(repository, headRef, baseRef) !== undefined)
    throw custom(`A pull request already exists for ${owner}:${headRef}.`);
  if (commitsBetween(path, base, head).length === 0)
    throw custom(`No commits between ${baseRef} and ${headRef}`);
  if (!git(path, ['merge-base', base, head]).ok)
    throw custom(`The ${headRef} branch has no history in common with ${baseRef}`);

  const now = world.now();
  const pull: PullRequest = {
    id: world.nextId(),
    number: repository.nextNumber++,
    author: by,
    headRef,
    baseRef,
    title,
    body,
    state: 'open',
    draft,
    headSha: head,
    baseSha: base,
    seenBase: base,
    createdAt: now,
    updatedAt: now,
    closedAt: null,
    mergedAt: null,
    mergedBy: null,
    mergeCommitSha: null,
    mergeability: { pair: '', unknownReads: 0 },
    labels: [],
    reviews: [],
    reviewComments: [],
    comments: [],
  };
  repository.pulls.set(pull.number, pull);
  setHead(world, repository, pull, head);
  world.effects.add('pullRequestsOpened', {
    repository: repository.fullName,
    number: pull.number,
    ref: `refs/heads/${headRef}`,
    by,
  });
  const payload = pullPayload(world, repository, pull);
  emit(world, repository, { event: 'pull_request', action: 'opened', by, payload });
  return pull;
}

const findOpen = (repository: Repository, head: string, base: string): PullRequest | undefined =>
  [...repository.pulls.values()].find(
    ({ state, headRef, baseRef }) => state === 'open' && headRef === head && baseRef === base,
  );

function checkTexts(title: string, body: string | null): void {
  if (title.trim() === '') throw invalid({ resource: 'PullRequest', field: 'title', code: 'missing_field' });
  if (title.length > 256) throw custom('title is too long (maximum is 256 characters)', 'title');
  if ((body ?? '').length > 65_536) throw custom('body is too long (maximum is 65536 characters)', 'body');
}

export interface PullRequestChange {
  readonly title?: string;
  readonly body?: string | null;
  readonly state?: 'open' | 'closed';
  readonly base?: string;
}

export function updatePullRequest(
  world: World,
  repository: Repository,
  by: string,
  pull: PullRequest,
  change: PullRequestChange,
): void {
  const { title = pull.title, body = pull.body, base, state } = change;
  checkTexts(title, body);
  if (base !== undefined && base !== pull.baseRef) retarget(world, repository, by, pull, base);
  if (title !== pull.title || body !== pull.body) {
    const changes = {
      ...(title === pull.title ? {} : { title: { from: pull.title } }),
      ...(body === pull.body ? {} : { body: { from: pull.body ?? '' } }),
    };
    pull.title = title;
    pull.body = body;
    edited(world, repository, by, pull, changes);
    world.effects.add('bodiesUpdated', { repository: repository.fullName, number: pull.number, by });
  }
  if (state === 'closed' && pull.state === 'open') closed(world, repository, pull, by);
  if (state === 'open' && pull.state === 'closed') reopen(world, repository, by, pull);
}

function edited(world: World, repository: Repository, by: string, pull: PullRequest, changes: object): void {
  pull.updatedAt = world.now();
  const payload = { ...pullPayload(world, repository, pull), changes };
  emit(world, repository, { event: 'pull_request', action: 'edited', by, payload });
}

function retarget(world: World, repository: Repository, by: string, pull: PullRequest, base: string): void {
  const tip = branchTip(repository, base);
  if (pull.state === 'closed')
    throw custom('Cannot change the base branch of a closed pull request.', 'base');
  if (tip === undefined) throw invalid({ resource: 'PullRequest', field: 'base', code: 'invalid' });
  if (findOpen(repository, pull.headRef, base) !== undefined)
    throw custom(`A pull request already exists for base branch '${base}' and head branch '${pull.headRef}'`);
  if (commitsBetween(repository.path, tip, pull.headSha).length === 0)
    throw custom(`There are no new commits between base branch '${base}' and head branch '${pull.headRef}'`);
  const changes = { base: { ref: { from: pull.baseRef }, sha: { from: pull.baseSha } } };
  pull.baseRef = base;
  pull.baseSha = pull.seenBase = tip;
  world.effects.add('retargeted', {
    repository: repository.fullName,
    number: pull.number,
    ref: `refs/heads/${base}`,
    by,
  });
  edited(world, repository, by, pull, changes);
}

/** With its pull requests, and as the default branch if it was that. The old name leads to the new one. */
export function renameBranch(
  world: World,
  repository: Repository,
  by: string,
  { from, to }: { readonly from: string; readonly to: string },
): void {
  const { path, refs, renamed, pulls, protections } = repository;
  git(path, ['branch', '-m', from, to]);
  for (const [old, sha] of [[`refs/heads/${from}`, refs.get(`refs/heads/${from}`)] as const]) {
    refs.delete(old);
    if (sha !== undefined) refs.set(`refs/heads/${to}`, sha);
  }
  renamed.set(from, to);
  const rules = protections.get(from);
  protections.delete(from);
  if (rules !== undefined) protections.set(to, rules);
  for (const pull of pulls.values()) {
    if (pull.state !== 'open' || pull.baseRef !== from) continue;
    const changes = { base: { ref: { from }, sha: { from: pull.baseSha } } };
    pull.baseRef = to;
    edited(world, repository, by, pull, changes);
  }
}

function reopen(world: World, repository: Repository, by: string, pull: PullRequest): void {
  const { headRef, baseRef } = pull;
  const refuse = (why: string) => custom(`state cannot be changed. ${why}`, 'state');
  const head = branchTip(repository, headRef);
  const base = branchTip(repository, baseRef);
  if (pull.mergedAt !== null) throw refuse('The pull request cannot be reopened.');
  if (head === undefined) throw refuse(`The ${headRef} branch has been deleted.`);
  if (base === undefined) throw refuse(`The ${baseRef} branch has been deleted.`);
  if (findOpen(repository, headRef, baseRef) !== undefined)
    throw refuse(`There is already an open pull request from ${headRef} to ${baseRef}.`);
  if (!isAncestor(repository.path, pull.headSha, head))
    throw refuse(`The ${headRef} branch was force-pushed or recreated.`);
  if (commitsBetween(repository.path, base, head).length === 0)
    throw refuse(`There are no new commits on the ${headRef} branch.`);
  pull.state = 'open';
  pull.closedAt = null;
  setHead(world, repository, pull, head);
  world.effects.add('reopened', { repository: repository.fullName, number: pull.number, by });
  const payload = pullPayload(world, repository, pull);
  emit(world, repository, { event: 'pull_request', action: 'reopened', by, payload });
}

export function setDraft(
  world: World,
  repository: Repository,
  by: string,
  { pull, draft }: { readonly pull: PullRequest; readonly draft: boolean },
): void {
  if (pull.draft === draft) return;
  pull.draft = draft;
  pull.updatedAt = world.now();
  world.effects.add('draftsChanged', {
    repository: repository.fullName,
    number: pull.number,
    by,
    what: draft ? 'draft' : 'ready',
  });
  const payload = pullPayload(world, repository, pull);
  emit(world, repository, {
    event: 'pull_request',
    action: draft ? 'converted_to_draft' : 'ready_for_review',
    by,
    payload,
  });
}
