/** The pull requests of a project or standalone task, and what is in them. */
import type { PullRequestRef } from '../domain/model/pull-request.ts';
import { phaseWorkflowId } from '../domain/names/workflow-ids.ts';
import type { PhaseOutcome } from '../domain/progress/outcomes.ts';
import { PhasewrightError } from './errors.ts';
import { inspect } from './inspect.ts';
import { findRecord } from './records.ts';
import { type Diff, MAX_DIFF_BYTES } from './review.ts';
import type { ClientContext } from './context.ts';
import { lookAt, lookLive, outcomeOf } from './status.ts';
import type { Status } from './status-view.ts';

export interface PullRequestEntry extends PullRequestRef {
  /** Null: the project's own, or a standalone task's. */
  readonly phase: number | null;
  readonly title: string;
  /** The branch it brings. */
  readonly head: string;
  /** The branch it goes into; null: not known here. */
  readonly base: string | null;
  readonly headSha: string | null;
  /** What an open gate compares with; null: no gate is open. */
  readonly baseSha: string | null;
}

/** Pure. In the order of the phases, the project's own last. */
export function pullRequestsOf(status: Status): readonly PullRequestEntry[] {
  const gate = { headSha: status.gate?.headSha ?? null, baseSha: status.gate?.baseSha ?? null };
  if (status.kind === 'task') {
    return status.pullRequest === null
      ? []
      : [
          {
            ...status.pullRequest,
            phase: null,
            title: status.title,
            head: status.branch,
            base: status.baseBranch,
            ...gate,
            headSha: gate.headSha ?? status.commit,
          },
        ];
  }
  const phases = status.phases.flatMap(
    ({ number, name, branch, pullRequest, headSha, gate: asked }): readonly PullRequestEntry[] =>
      pullRequest === null
        ? []
        : [
            {
              ...pullRequest,
              phase: number,
              title: name,
              head: branch,
              base: status.integrationBranch,
              headSha: asked?.headSha ?? headSha,
              baseSha: asked?.baseSha ?? null,
            },
          ],
  );
  if (status.pullRequest === null) return phases;
  return [
    ...phases,
    {
      ...status.pullRequest,
      phase: null,
      title: status.name,
      head: status.integrationBranch,
      base: status.baseBranch,
      ...gate,
    },
  ];
}

export async function listPullRequests(
  context: ClientContext,
  slug: string,
): Promise<readonly PullRequestEntry[]> {
  const { status } = await lookAt(context, await findRecord(context, slug));
  return pullRequestsOf(status);
}

export async function getPullRequest(
  context: ClientContext,
  slug: string,
  number: number,
): Promise<PullRequestEntry> {
  return choose(await listPullRequests(context, slug), slug, number);
}

function choose(all: readonly PullRequestEntry[], slug: string, number: number): PullRequestEntry {
  const entry = all.find((each) => each.number === number);
  if (entry !== undefined) return entry;
  const known =
    all.length === 0 ? 'It has none yet.' : `It has ${all.map((each) => `#${each.number}`).join(', ')}.`;
  throw new PhasewrightError('PullRequestNotFound', `'${slug}' has no pull request #${number}. ${known}`);
}

export async function diffOfPullRequest(
  context: ClientContext,
  slug: string,
  number: number,
): Promise<{ readonly entry: PullRequestEntry; readonly diff: Diff }> {
  const record = await findRecord(context, slug);
  const { status, workspace } = await lookLive(context, record);
  const entry = choose(pullRequestsOf(status), slug, number);
  const range =
    entry.baseSha !== null && entry.headSha !== null
      ? { from: entry.baseSha, to: entry.headSha }
      : await rangeOfClosed(context, status, entry);
  if (range === null || workspace === null) {
    throw new PhasewrightError(
      'NoOpenGate',
      `The diff of pull request #${number} of '${slug}' can be read while its gate is open, and after its phase. In a checkout: git diff ${entry.base ?? 'base'}...${entry.head}.`,
    );
  }
  return {
    entry,
    diff: await inspect<'diff'>(context, `read the diff of pull request #${number}`, {
      kind: 'diff',
      workspace,
      ...range,
      maxBytes: MAX_DIFF_BYTES,
    }),
  };
}

/** A phase that ended left both ends with the server. */
async function rangeOfClosed(
  context: ClientContext,
  status: Status,
  { phase }: PullRequestEntry,
): Promise<{ readonly from: string; readonly to: string } | null> {
  const view = status.kind === 'project' ? status.phases.find(({ number }) => number === phase) : undefined;
  if (view === undefined || (view.status !== 'completed' && view.status !== 'failed')) return null;
  const { landing } = await outcomeOf<PhaseOutcome>(context, {
    slug: status.slug,
    workflowId: phaseWorkflowId(status.slug, view.number),
  });
  return landing === null ? null : { from: landing.startSha, to: landing.headSha };
}
