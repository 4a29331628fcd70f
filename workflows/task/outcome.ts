/** What a task ends with, and what a person's retry of it goes on from. */
import { noSensitiveFiles } from '../../domain/landing/sensitive-files.ts';
import { unread } from '../../domain/messages/messages.ts';
import type { EarlierAttempts, TaskOutcome } from '../../domain/progress/outcomes.ts';
import type { PlannedTask, TaskRun } from './state.ts';

export function taskOutcome({ plan, state }: PlannedTask, status: TaskOutcome['status']): TaskOutcome {
  const { task } = plan;
  const { landing } = state;
  const commit = state.commit === null ? null : plan.standalone ? landing.headSha : state.commit;
  return {
    schema: 1,
    number: task.number,
    title: task.title,
    status,
    reason: state.reason,
    message: state.detail,
    attempts: state.attempt,
    commit: status === 'done' ? commit : null,
    noop: state.noop,
    headSha: landing.headSha,
    tree: landing.tested?.sha === landing.headSha ? landing.tested.tree : null,
    files: state.files,
    resolved: landing.resolved ?? [],
    sensitive: landing.sensitive ?? noSensitiveFiles,
    earlier: status === 'failed' ? earlierAttempts(state) : null,
    fence: state.fence,
    checks: state.checks,
    pullRequest: landing.pullRequest,
    cost: state.cost,
    agents: state.agents,
    workedMs: state.workedMs,
  };
}

/** A candidate is worth going on from while the branch is where it was made for. */
export function earlierAttempts(state: TaskRun['state']): EarlierAttempts {
  const { attempt, feedback, candidate, nextStartSha, landing, messages } = state;
  const sha = candidate?.sha ?? nextStartSha;
  return {
    attempts: attempt,
    feedback,
    candidate: sha === null ? null : { sha, onSha: landing.headSha },
    messages: unread(messages),
  };
}
