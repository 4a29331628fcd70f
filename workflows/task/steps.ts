/** The steps a task's flow may run on a transition: the candidate committed, checked and put on its branch; standalone, the landing too. */
import { explain, reasonOf } from '../../domain/failure.ts';
import type { Goal } from '../../domain/landing/landing.ts';
import { unresolved } from '../../domain/landing/conflicts.ts';
import { withTask } from '../../domain/landing/state.ts';
import { withFiles } from '../../domain/model/briefing.ts';
import type { CommitCandidateResult } from '../../activities/git/contract.ts';
import type { ChecksResult } from '../../activities/checks/contract.ts';
import { hostActivities } from '../activity-proxies.ts';
import { done, no, type SaidNo, type StepOutcome, type StepRegistry, stop } from '../flow/step.ts';
import { land } from '../landing/land.ts';
import { updatePullRequest } from '../landing/pull-request.ts';
import { tellAndWait } from '../messaging/notices.ts';
import { codeOf, describeError } from '../support/failures.ts';
import { notPaused } from '../support/pause.ts';
import { commitMetadata, taskLanding, taskStep } from './landing.ts';
import { addFeedback, attemptKey, type Candidate, type PlannedTask, remainingMs } from './state.ts';

const landTo =
  (goal: Goal) =>
  async (run: PlannedTask): Promise<StepOutcome> => {
    if (run.state.commit === null && goal !== 'approved') return done; // an accepted no-op has nothing to land
    return taskStep(run, await land(taskLanding(run), goal));
  };

export const taskSteps: StepRegistry<PlannedTask> = {
  commit_changes: commitChanges,
  run_checks: runChecks,
  land_on_phase_branch: push,
  push_branch: push,
  open_pull_request: landTo('opened'),
  update_pull_request: async (run) => {
    await updatePullRequest(taskLanding(run));
    return done;
  },
  human_approval: landTo('approved'),
  merge_pull_request: landTo('landed'),
  notify: tellPeople,
};

/** The checks run in the same activity when they are the next step. */
async function commitChanges(run: PlannedTask, following: readonly string[]): Promise<StepOutcome> {
  const { plan, state } = run;
  const { workspace, branch, baseSha, task, settings } = plan;
  await notPaused(state);
  const summary = `task ${task.number}: commit attempt ${state.attempt}`;
  const result = await hostActivities(workspace.host, summary, 'checks').commitCandidate({
    key: attemptKey(run),
    workspace,
    branch,
    headSha: state.landing.headSha,
    startSha: state.startSha,
    baseSha,
    merge: state.merge,
    resolved: state.resolved,
    metadata: commitMetadata(run),
    checks:
      following[0] === 'run_checks'
        ? { setup: settings.setup, commands: settings.checks, timeoutMs: checkTimeoutMs(run) }
        : null,
  });
  if (result.kind !== 'candidate') return withoutCandidate(run, result);
  const { sha, tree, files, resolved = [], sensitive } = result;
  state.candidate = { sha, tree, files, resolved, sensitive };
  state.noop = false;
  return result.checks === null ? done : checked(run, sha, result.checks);
}

function withoutCandidate(
  run: PlannedTask,
  result: Exclude<CommitCandidateResult, { readonly kind: 'candidate' }>,
): StepOutcome {
  const { state } = run;
  switch (result.kind) {
    case 'empty':
      return nothingChanged(run);
    case 'unresolved':
      state.nextStartSha = state.startSha;
      return no(reasonOf('MergeConflict'), unresolved(result.files));
    case 'refused':
      state.nextStartSha = state.startSha;
      state.keepFiles = true;
      return no(reasonOf('FilesRefused'), explain('FilesRefused', result.why));
    case 'tampered':
      state.nextStartSha = null;
      return no(
        reasonOf('WorktreeTampered'),
        explain(
          'WorktreeTampered',
          `the agent ${result.what}, so that nobody can tell whose files these are. Its clone was made anew. Stay on the branch, and leave .git where it is.`,
        ),
      );
  }
}

function nothingChanged(run: PlannedTask): StepOutcome {
  const { state } = run;
  const { rejected, startSha } = state;
  if (state.noop && startSha === state.landing.headSha) return done;
  // A later maker of the same attempt may find nothing to add.
  if (state.candidate !== null && startSha === state.candidate.sha) return done;
  if (rejected !== null && startSha === rejected.candidate.sha) {
    // The maker stands by what was rejected: the judge hears why, and decides again.
    state.candidate = rejected.candidate;
    addFeedback(run, 'the maker, who changed nothing further', state.summary);
    return done;
  }
  state.nextStartSha = startSha;
  return no(
    reasonOf('EmptyDiff'),
    explain(
      'EmptyDiff',
      'you said done, but nothing changed. Make the change, or declare a no-op ("noop": true) with the reason.',
    ),
  );
}

async function runChecks(run: PlannedTask): Promise<StepOutcome> {
  const { plan, state } = run;
  const { candidate } = state;
  // A no-op's tree was tested when it landed.
  if (candidate === null || state.testedSha === candidate.sha) return done;
  const { workspace, branch, settings, task } = plan;
  await notPaused(state);
  const result = await hostActivities(workspace.host, `task ${task.number}: checks`, 'checks').runChecks({
    key: attemptKey(run),
    workspace,
    branch,
    sha: candidate.sha,
    setup: settings.setup,
    commands: settings.checks,
    timeoutMs: checkTimeoutMs(run),
  });
  return checked(run, candidate.sha, result);
}

const checkTimeoutMs = (run: PlannedTask): number =>
  Math.min(run.plan.settings.checkTimeoutMs, remainingMs(run));

function checked({ state }: PlannedTask, sha: string, result: ChecksResult): StepOutcome {
  state.workedMs += result.elapsedMs;
  state.checks = result.checks;
  state.testedSha = result.passed ? sha : null;
  if (result.passed) return done;
  state.nextStartSha = sha;
  return no(reasonOf('ChecksFailed'), explain('ChecksFailed', result.report));
}

/** Tested tree = landed tree: exactly the candidate is pushed, naming the head it expects. */
async function push(run: PlannedTask): Promise<StepOutcome> {
  const { plan, state } = run;
  const { workspace, branch, task, settings } = plan;
  const { candidate, landing } = state;
  if (candidate === null) return done;
  if (settings.checks.length > 0 && state.testedSha !== candidate.sha)
    return no(reasonOf('ChecksFailed'), 'The candidate was not tested; it cannot land.');
  await notPaused(state);
  const request = { workspace, branch, expected: landing.headSha, sha: candidate.sha, fence: state.fence };
  const result = await hostActivities(workspace.host, `task ${task.number}: land`)
    .land(request)
    .catch((error: unknown) => contentRefused(run, candidate, error));
  if (result.kind === 'no') return result;
  state.workedMs += result.elapsedMs;
  if (result.kind === 'moved')
    return stop(
      reasonOf('LeaseLost'),
      `Someone else moved '${branch}' to ${result.remote ?? 'nothing'}; nothing was forced over it. Look at it, then retry: the work goes on from there.`,
    );
  const { sha, fence } = result;
  const tested = { sha, tree: candidate.tree, checks: state.checks };
  state.fence = fence;
  state.commit = sha;
  state.files = withFiles(state.files, candidate.files);
  const { resolved, sensitive } = candidate;
  state.landing = withTask(landing, { headSha: sha, tested, merged: state.merge, resolved, sensitive });
  state.merge = null;
  state.rejected = null;
  return done;
}

/** Its files are where the next attempt starts; its commit is left behind, so that nothing of it is ever pushed. */
function contentRefused({ state }: PlannedTask, { sha }: Candidate, error: unknown): SaidNo {
  if (codeOf(error) !== 'ContentRefused') throw error;
  state.nextStartSha = sha;
  // Nobody stands by what can't be pushed.
  state.rejected = null;
  return no(reasonOf('ContentRefused'), describeError(error));
}

async function tellPeople({ plan, state }: PlannedTask): Promise<StepOutcome> {
  const { settings, slug, task } = plan;
  await tellAndWait(
    { project: slug, targets: settings.notify },
    {
      about: `task:${task.number}:${state.attempt}`,
      kind: 'alarm',
      title: task.title,
      text: state.detail,
    },
  );
  return done;
}
