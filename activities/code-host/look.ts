/** One look at a pull request: where it stands, its host's checks, and what people said, with who may decide. */
import { createHash } from 'node:crypto';
import type { PullRequestRequest } from './contract.ts';
import type { ReviewCommand, PullRequestSnapshot } from '../../domain/model/pull-request.ts';
import { gateContext } from '../../domain/views/gate-status.ts';
import type { RepositoryRef } from '../../domain/model/project.ts';
import { type UnverifiedCommand, reviewCommands } from '../../domain/approval/review-commands.ts';
import type { CodeHost, HostCheck, PullRequest } from './port.ts';

export async function lookAt(
  host: CodeHost,
  { workspace: { repository }, number }: PullRequestRequest,
): Promise<PullRequestSnapshot> {
  const id = { repository, number };
  const pullRequest = await host.getPullRequest(id);
  const { state, draft, head, base, mergedSha, mergedBy } = pullRequest;
  const reviews = await host.listReviews(id);
  const comments = await host.listComments(id);
  const lines = await host.listReviewComments(id);
  const { login: own } = await host.identity();
  const words = await judged(
    host,
    repository,
    reviewCommands({ headSha: head.sha, own, reviews, comments, lines }),
  );
  // Our own status is no news to us.
  const checks = (state === 'open' ? await host.listChecks(repository, head.sha) : []).filter(
    ({ name }) => name !== gateContext,
  );
  return {
    number,
    state,
    draft,
    head,
    base,
    mergedSha,
    mergedBy,
    commands: words,
    blocked: pullRequest.blocked,
    lastComment: Math.max(0, ...comments.map((comment) => comment.id)),
    checks: describeChecks(checks),
    digest: digestOf(pullRequest, words, checks),
  };
}

async function judged(
  host: CodeHost,
  repository: RepositoryRef,
  words: readonly UnverifiedCommand[],
): Promise<readonly ReviewCommand[]> {
  const people = [...new Set(words.filter(({ program }) => !program).map(({ by }) => by))];
  const rights = new Map<string, boolean>();
  for (const login of people) rights.set(login, await host.mayWrite(repository, login));
  return words.map((word) => ({ ...word, mayWrite: rights.get(word.by) ?? false }));
}

/** Only what somebody may have to act on: a comment that is no command and a base that moves are no news. */
function digestOf(
  { state, draft, head, base, mergedSha, mergeable, blocked }: PullRequest,
  words: readonly ReviewCommand[],
  checks: readonly HostCheck[],
): string {
  const stands = [state, draft, head.sha, base.branch, mergedSha, mergeable === false, blocked];
  const facts = [...stands, words, overall(checks)];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 20);
}

function overall(checks: readonly HostCheck[]): 'none' | HostCheck['state'] {
  if (checks.length === 0) return 'none';
  const has = (state: HostCheck['state']) => checks.some((check) => check.state === state);
  return has('failure') ? 'failure' : has('pending') ? 'pending' : 'success';
}

const namedChecks = 5;

/** For people, on one line. */
function describeChecks(checks: readonly HostCheck[]): string {
  if (checks.length === 0) return 'none';
  const of = (state: HostCheck['state']) => checks.filter((check) => check.state === state);
  const names = (some: readonly HostCheck[]) =>
    some
      .slice(0, namedChecks)
      .map(({ name }) => name)
      .join(', ');
  const [failed, pending] = [of('failure'), of('pending')];
  if (failed.length > 0) return `${failed.length} of ${checks.length} failed: ${names(failed)}`;
  if (pending.length > 0) return `${pending.length} of ${checks.length} pending: ${names(pending)}`;
  return `${checks.length} passed`;
}
