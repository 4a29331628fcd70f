import { mergePullRequest } from '../actions/merge.ts';
import { openPullRequest, pullOf, updatePullRequest } from '../actions/pulls.ts';
import { pullRequestBody, pullRequestSimpleBody } from '../bodies/pulls.ts';
import { forbidden } from '../refusal.ts';
import { numberOf, ok, paged, textOf, type RepositoryCall, type Routes } from '../route.ts';
import type { PullRequest } from '../state.ts';
import { permissionOf, reaches } from '../world.ts';

/** `head` is `owner:branch`; GitHub ignores one without an owner. */
function filtered({ repository, query }: RepositoryCall): readonly PullRequest[] {
  const state = query.get('state') ?? 'open';
  const head = query.get('head');
  const base = query.get('base');
  const sort = query.get('sort') ?? 'created';
  const ascending = (query.get('direction') ?? (sort === 'created' ? 'desc' : 'asc')) === 'asc';
  const list = [...repository.pulls.values()].filter(
    (pull) =>
      (state === 'all' || pull.state === state) &&
      (head === null || !head.includes(':') || head === `${repository.owner}:${pull.headRef}`) &&
      (base === null || base === pull.baseRef),
  );
  const order = sort === 'updated' ? 'updatedAt' : 'createdAt';
  list.sort((a, b) => a[order].getTime() - b[order].getTime() || a.number - b.number);
  return ascending ? list : list.toReversed();
}

const pullCall = (call: RepositoryCall): PullRequest =>
  pullOf(call.repository, numberOf(call, 'pull_number'));

/** Its author may change a pull request too. */
function mayChange({ world, repository, login, credential }: RepositoryCall, author: string): void {
  if (login === author || credential.kind === 'installation') return;
  if (!reaches(permissionOf(world, repository, login), 'write'))
    throw forbidden('Must have push access to the repository.');
}

const merging = (call: RepositoryCall) => {
  const method = textOf(call, 'merge_method') as 'merge' | 'squash' | 'rebase' | undefined;
  const sha = textOf(call, 'sha');
  const title = textOf(call, 'commit_title');
  const message = textOf(call, 'commit_message');
  return {
    ...(method === undefined ? {} : { method }),
    ...(sha === undefined ? {} : { sha }),
    ...(title === undefined ? {} : { title }),
    ...(message === undefined ? {} : { message }),
  };
};

export const pullRoutes = {
  'GET /repos/{owner}/{repo}/pulls': {
    on: 'repository',
    permission: 'read',
    grant: ['pull_requests', 'read'],
    handle: (call) =>
      paged(call, filtered(call), (page) =>
        page.map((pull) => pullRequestSimpleBody(call.world, call.repository, pull)),
      ),
  },
  'POST /repos/{owner}/{repo}/pulls': {
    on: 'repository',
    permission: 'write',
    grant: ['pull_requests', 'write'],
    handle(call) {
      const { world, repository, login, body } = call;
      const pull = openPullRequest(world, repository, login, {
        head: textOf(call, 'head') ?? '',
        base: textOf(call, 'base') ?? '',
        title: textOf(call, 'title') ?? '',
        body: textOf(call, 'body') ?? null,
        draft: body['draft'] === true,
      });
      return ok(pullRequestBody(world, repository, pull), 201);
    },
  },
  'GET /repos/{owner}/{repo}/pulls/{pull_number}': {
    on: 'repository',
    permission: 'read',
    grant: ['pull_requests', 'read'],
    handle: (call) => ok(pullRequestBody(call.world, call.repository, pullCall(call), { asked: true })),
  },
  'PATCH /repos/{owner}/{repo}/pulls/{pull_number}': {
    on: 'repository',
    permission: 'triage',
    grant: ['pull_requests', 'write'],
    handle(call) {
      const { world, repository, login } = call;
      const pull = pullCall(call);
      mayChange(call, pull.author);
      const title = textOf(call, 'title');
      const body = textOf(call, 'body');
      const base = textOf(call, 'base');
      const state = textOf(call, 'state') as 'open' | 'closed' | undefined;
      updatePullRequest(world, repository, login, pull, {
        ...(title === undefined ? {} : { title }),
        ...(body === undefined ? {} : { body }),
        ...(base === undefined ? {} : { base }),
        ...(state === undefined ? {} : { state }),
      });
      return ok(pullRequestBody(world, repository, pull));
    },
  },
  'PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge': {
    on: 'repository',
    permission: 'write',
    grant: ['contents', 'write'],
    handle(call) {
      const { world, repository, login } = call;
      const sha = mergePullRequest(world, repository, login, pullCall(call), merging(call));
      return ok({ sha, merged: true, message: 'Pull Request successfully merged' });
    },
  },
} satisfies Routes;
