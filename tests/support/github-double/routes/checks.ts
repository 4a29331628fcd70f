/** Check runs and commit statuses. */
import {
  checkRunsOf,
  createCheckRun,
  createStatus,
  latestCheckRuns,
  latestStatuses,
  statusesOf,
} from '../actions/checks.ts';
import { checkRunBody, combinedStatusBody, statusBody } from '../bodies/commits.ts';
import { resolveCommit } from '../git.ts';
import { forbidden, Refusal } from '../refusal.ts';
import { ok, paged, textOf, type RepositoryCall, type Routes } from '../route.ts';
import type { CheckRun, Status } from '../state.ts';

/** A SHA, a branch, a tag, or `heads/branch`. */
function commitOf({ repository, params }: RepositoryCall): string {
  const name = params['ref'] ?? '';
  const { refs, path } = repository;
  const sha = refs.get(`refs/heads/${name}`) ?? refs.get(`refs/tags/${name}`) ?? refs.get(`refs/${name}`);
  const found = sha ?? (/^[0-9a-f]{7,40}$/.test(name) ? resolveCommit(path, name) : null);
  if (found === null) throw new Refusal(422, `No commit found for SHA: ${name}`);
  return found;
}

function checkRunFrom(call: RepositoryCall): CheckRun {
  const output = (call.body['output'] ?? {}) as { readonly title?: string; readonly summary?: string };
  const status = textOf(call, 'status') as CheckRun['status'] | undefined;
  return createCheckRun(call.world, call.repository, call.login, {
    sha: textOf(call, 'head_sha') ?? '',
    name: textOf(call, 'name') ?? '',
    ...(status === undefined ? {} : { status }),
    conclusion: textOf(call, 'conclusion') ?? null,
    title: output.title ?? null,
    summary: output.summary ?? null,
    detailsUrl: textOf(call, 'details_url') ?? null,
    externalId: textOf(call, 'external_id') ?? null,
  });
}

export const checkRoutes = {
  'GET /repos/{owner}/{repo}/commits/{ref}/check-runs': {
    on: 'repository',
    permission: 'read',
    grant: ['checks', 'read'],
    handle(call) {
      const { world, repository, query } = call;
      const sha = commitOf(call);
      const all =
        query.get('filter') === 'all' ? checkRunsOf(repository, sha) : latestCheckRuns(repository, sha);
      const name = query.get('check_name');
      const status = query.get('status');
      const runs = all.filter(
        (run) => (name === null || run.name === name) && (status === null || run.status === status),
      );
      return paged(call, runs, (page) => ({
        total_count: runs.length,
        check_runs: page.map((run) => checkRunBody(world, repository, run)),
      }));
    },
  },
  'POST /repos/{owner}/{repo}/check-runs': {
    on: 'repository',
    permission: 'write',
    grant: ['checks', 'write'],
    handle(call) {
      if (call.credential.kind !== 'installation') throw forbidden('You must authenticate via a GitHub App.');
      return ok(checkRunBody(call.world, call.repository, checkRunFrom(call)), 201);
    },
  },
  'GET /repos/{owner}/{repo}/commits/{ref}/status': {
    on: 'repository',
    permission: 'read',
    grant: ['statuses', 'read'],
    handle(call) {
      const sha = commitOf(call);
      const statuses = latestStatuses(call.repository, sha);
      return paged(call, statuses, (page) =>
        combinedStatusBody(call.world, call.repository, sha, statuses, page),
      );
    },
  },
  'GET /repos/{owner}/{repo}/commits/{ref}/statuses': {
    on: 'repository',
    permission: 'read',
    grant: ['statuses', 'read'],
    handle: (call) =>
      paged(call, statusesOf(call.repository, commitOf(call)), (page) =>
        page.map((status) => statusBody(call.world, call.repository, status)),
      ),
  },
  'POST /repos/{owner}/{repo}/statuses/{sha}': {
    on: 'repository',
    permission: 'write',
    grant: ['statuses', 'write'],
    handle(call) {
      const { world, repository, login, params } = call;
      const made = createStatus(world, repository, login, {
        sha: params['sha'] ?? '',
        context: textOf(call, 'context') ?? 'default',
        state: textOf(call, 'state') as Status['state'],
        description: textOf(call, 'description') ?? null,
        targetUrl: textOf(call, 'target_url') ?? null,
      });
      return ok(statusBody(world, repository, made), 201);
    },
  },
} satisfies Routes;
