/** The steps a task's flow may run on a transition. Each says yes, no (with the reason as feedback), again, or ends the task. */
import { explain, reasonOf } from '../../domain/failure.ts';
import type { CommitMetadata } from '../../domain/model/git.ts';
import { workflowInfo } from '@temporalio/workflow';
import { taskPullRequest, workflowUrl } from '../../domain/views/pull-request-body.ts';
import { commandFor } from '../../domain/views/how-to-answer.ts';
import { standaloneTaskWorkflowId } from '../../domain/names/workflow-ids.ts';
import { commitText } from '../../domain/text/commit-message.ts';
import { hostActivities, sharedActivities } from '../activity-proxies.ts';
import { showTask } from '../messaging/visibility.ts';
import { awaitUnblocked } from '../landing/blocked.ts';
import { type Carrier, mergedByHand, type MergedByHand } from '../landing/external-merge.ts';
import { askPeopleOn } from '../landing/approval.ts';
import { isHosted } from '../landing/watch.ts';
import { addFeedback, contextOf, remainingMs, type TaskRun } from './state.ts';
import type { StepRegistry, StepResult } from '../flow/step.ts';
import { bringBaseIn } from './base.ts';
import { attemptKey, notPaused } from './attempt.ts';

export const taskSteps: StepRegistry<TaskRun> = {
  commit_changes: commitChanges,
  run_checks: runChecks,
  land_on_phase_branch: land,
  push_branch: land,
  open_pull_request: openPullRequest,
  update_pull_request: updatePullRequest,
  human_approval: askPeople,
  merge_pull_request: mergePullRequest,
  notify: tellPeople,
};

async function commitChanges(run: TaskRun): Promise<StepResult> {
  const { workspace, branch, base, task, merge } = contextOf(run);
  const result = await hostActivities(
    workspace.host,
    `task ${task.number}: commit attempt ${run.attempt}`,
  ).commitCandidate({
    key: attemptKey(run),
    workspace,
    branch,
    headSha: run.tip,
    startSha: run.start,
    baseSha: base,
    merge,
    metadata: stampOf(run),
    checks: null,
  });
  switch (result.kind) {
    case 'candidate':
      run.candidate = result;
      run.noop = false;
      return 'yes';
    case 'empty':
      if (run.noop && run.start === run.tip) return 'yes';
      // A later maker of the same attempt may find nothing to add.
      if (run.candidate !== null && run.start === run.candidate.sha) return 'yes';
      run.nextStart = run.start;
      return no(
        run,
        explain(
          'EmptyDiff',
          'you said done, but nothing changed. Make the change, or declare a no-op ("noop": true) with the reason.',
        ),
      );
    case 'unresolved':
      run.nextStart = run.start;
      return no(
        run,
        `These files still hold conflict markers (<<<<<<<): ${result.files.join(', ')}. Resolve each, keeping what both sides meant.`,
      );
    case 'tampered':
      run.nextStart = null;
      return no(
        run,
        explain(
          'WorktreeTampered',
          `${result.what} The worktree was rebuilt. Edit files and commit; leave branches, refs and .git alone.`,
        ),
      );
  }
}

async function runChecks(run: TaskRun): Promise<StepResult> {
  if (run.candidate === null) return 'yes'; // a no-op: the tip was tested when it landed
  return checkCommit(run, run.candidate.sha);
}

export async function checkCommit(run: TaskRun, sha: string): Promise<StepResult> {
  const { workspace, branch, settings, task } = contextOf(run);
  await notPaused(run);
  const result = await hostActivities(workspace.host, `task ${task.number}: checks`, 'checks').runChecks({
    key: attemptKey(run),
    workspace,
    branch,
    sha,
    setup: settings.setup,
    commands: settings.checks,
    timeoutMs: Math.min(settings.checkTimeoutMs, remainingMs(run)),
  });
  run.workedMs += result.elapsedMs;
  run.checks = result.checks;
  run.tested = result.passed ? sha : null;
  if (result.passed) return 'yes';
  run.nextStart = sha;
  run.reason = reasonOf('ChecksFailed');
  return no(run, explain('ChecksFailed', `${result.report}`));
}

/** Tested tree = landed tree: exactly the candidate is pushed, naming the tip it expects. */
async function land(run: TaskRun): Promise<StepResult> {
  const { workspace, branch, task, settings } = contextOf(run);
  if (run.candidate === null) return 'yes';
  if (settings.checks.length > 0 && run.tested !== run.candidate.sha)
    return no(run, 'The candidate was not tested; it cannot land.');
  await notPaused(run);
  const result = await hostActivities(workspace.host, `task ${task.number}: land`).land({
    workspace,
    branch,
    expected: run.tip,
    sha: run.candidate.sha,
    fence: run.fence,
  });
  run.workedMs += result.elapsedMs;
  if (result.kind === 'moved') {
    run.reason = reasonOf('LeaseLost');
    run.detail = `Someone else moved '${branch}' to ${result.remote ?? 'nothing'}; nothing was forced over it. Look at it, then retry: the work goes on from there.`;
    return 'end';
  }
  run.fence = result.fence;
  run.tip = result.sha;
  run.commit = result.sha;
  // A merge that its candidate finished is done.
  if (isStandalone(run)) run.context = { ...contextOf(run), merge: null };
  return 'yes';
}

const isStandalone = (run: TaskRun): boolean => contextOf(run).standalone;

/** Up to date with its base, unless people have merged it meanwhile. */
async function withBase(run: TaskRun): Promise<StepResult> {
  const merged = await mergedByHand(carrier(run));
  if (merged.kind === 'ours') return 'yes';
  if (merged.kind === 'elsewhere' || merged.kind === 'other') return byHandInstead(run, merged);
  if (merged.kind === 'earlier') run.pullRequest = null;
  return bringBaseIn(run, { stamp: stampOf(run), check: checkCommit, moved: followHead });
}

async function openPullRequest(run: TaskRun): Promise<StepResult> {
  const { workspace, branch, baseBranch, base } = contextOf(run);
  if (run.commit === null) return 'yes'; // an accepted no-op has no pull request
  const current = await withBase(run);
  if (current !== 'yes') return current;
  const tips = await hostActivities(workspace.host, `tip of ${baseBranch}`).readTips({
    workspace,
    branches: [baseBranch],
  });
  const result = await hostActivities(workspace.host, 'pull request').ensurePullRequest({
    workspace,
    headBranch: branch,
    headSha: run.tip,
    baseBranch,
    baseSha: tips[baseBranch] ?? base,
    required: [],
    ...pullRequestText(run),
    known: run.pullRequest?.number,
  });
  if (result.kind === 'retargeted') {
    run.pullRequest = result.pullRequest;
    run.reason = reasonOf('PullRequestClosed');
    run.detail = `A person retargeted pull request #${result.pullRequest.number} to '${result.baseBranch}'; no second one is opened. Set its base back to '${baseBranch}' and retry, or cancel.`;
    return 'end';
  }
  if (result.kind === 'closed') {
    run.pullRequest = result.pullRequest;
    run.reason = reasonOf('PullRequestClosed');
    run.detail = `A person closed pull request #${result.pullRequest.number}; no second one is opened. Reopen it and retry, or cancel.`;
    return 'end';
  }
  switch (result.kind) {
    case 'no_commits':
      return 'yes';
    case 'behind':
      return 'again';
    case 'head_moved':
      return followHead(run, result.headSha ?? 'nothing');
    case 'missing':
      return headMoved(run, run.tip);
    case 'merged':
      run.pullRequest = result.how === 'earlier' ? null : result.pullRequest;
      if (result.how === 'ours') return 'yes';
      return isHosted(workspace) || result.how === 'earlier' ? 'again' : headMoved(run, result.headSha);
    case 'open':
      run.pullRequest = result.pullRequest;
      return 'yes';
  }
}

async function updatePullRequest(run: TaskRun): Promise<StepResult> {
  if (run.pullRequest === null) return 'yes';
  const { workspace } = contextOf(run);
  const { title, body } = pullRequestText(run);
  await hostActivities(workspace.host, 'pull request text').updatePullRequest({
    workspace,
    number: run.pullRequest.number,
    title,
    body,
  });
  return 'yes';
}

async function askPeople(run: TaskRun): Promise<StepResult> {
  const { settings, slug, task, workspace, branch, baseBranch } = contextOf(run);
  if (settings.approval.project === 'none' || run.approvedHead === run.tip) return 'yes';
  run.rounds += 1;
  run.detail = 'awaits approval';
  const pr = run.pullRequest === null ? '' : ` (pull request #${run.pullRequest.number})`;
  const question = {
    id: `task.${run.rounds}`,
    question: `Merge task '${task.title}'${pr}?`,
    headSha: run.tip,
    baseSha: contextOf(run).base,
    checks: run.checks,
    command: commandFor.approve(slug),
  };
  const asked = await askPeopleOn(
    { ...run, workspace, branch, base: baseBranch, slug, notify: settings.notify },
    question,
  );
  if (asked.kind === 'moved') return followHead(run, asked.tip);
  const { decision } = asked;
  if (decision.action === 'approve') {
    run.approvedHead = decision.headSha;
    return 'yes';
  }
  run.nextStart = run.tip;
  run.reason = reasonOf('Rejected');
  return no(run, decision.comment, decision.by);
}

async function mergePullRequest(run: TaskRun): Promise<StepResult> {
  const { workspace, settings, baseBranch, base, branch } = contextOf(run);
  if (run.pullRequest === null) return 'yes';
  const current = await withBase(run);
  if (current !== 'yes') return current;
  const pullRequest = run.pullRequest;
  if (pullRequest === null) return 'again';
  const host = hostActivities(workspace.host, `merge #${pullRequest.number}`);
  const tips = await host.readTips({ workspace, branches: [baseBranch] });
  const stamp = {
    ...stampOf(run),
    ...commitText(`Merge pull request #${pullRequest.number}: ${contextOf(run).task.title}`),
    trailers: [],
  };
  const result = await host.mergePullRequest({
    workspace,
    number: pullRequest.number,
    headBranch: branch,
    required: [],
    expectedHeadSha: run.tip,
    expectedBaseSha: tips[baseBranch] ?? base,
    baseBranch: baseBranch,
    method: settings.mergeMethod,
    metadata: stamp,
    fence: run.fence,
  });
  switch (result.kind) {
    case 'merged':
      run.fence = result.fence;
      if (isHosted(workspace)) {
        // The host's own word is checked: people may have given the pull request another base.
        const landed = { workspace, branch: baseBranch, headSha: result.sha, method: 'merge' } as const;
        if (!(await host.verifyLanded(landed)).landed) return goneElsewhere(run, result.sha);
      }
      run.pullRequest = { ...pullRequest, state: 'merged' };
      return result.differs === undefined ? 'yes' : landedDifferently(run, result.sha, result.differs);
    case 'blocked':
      await awaitUnblocked(
        {
          workspace,
          ...pullRequest,
          listener: run.listener,
          slug: contextOf(run).slug,
          notify: settings.notify,
          show: (heldUp) => {
            run.heldUp = heldUp;
            showTask(run);
          },
        },
        result.why,
      );
      return 'again';
    case 'checked_out': {
      run.byHand = `'${baseBranch}' is checked out at ${result.where}. Run: ${result.command}`;
      run.detail = run.byHand;
      showTask(run);
      const watch = hostActivities(workspace.host, 'wait for the merge by hand', 'watch');
      const { tip } = await watch.awaitLanded({
        workspace,
        branch: baseBranch,
        headSha: run.tip,
        method: settings.mergeMethod,
      });
      run.byHand = null;
      await host.recordMerged({ workspace, number: pullRequest.number, sha: tip });
      run.pullRequest = { ...pullRequest, state: 'merged' };
      return 'yes';
    }
    case 'base_moved':
      return 'again';
    case 'head_moved':
      return followHead(run, result.headSha ?? 'nothing');
    case 'missing':
      return headMoved(run, run.tip);
    case 'closed':
      run.reason = reasonOf('PullRequestClosed');
      run.detail = `A person closed pull request #${pullRequest.number}; reopen it and retry, or cancel.`;
      return 'end';
    case 'conflict':
      run.reason = reasonOf('MergeConflict');
      run.detail = `Pull request #${pullRequest.number} conflicts with '${baseBranch}' in ${result.files.join(', ')}.`;
      return 'end';
  }
}

export const carrier = (run: TaskRun): Carrier => {
  const { workspace, branch, baseBranch: base } = contextOf(run);
  return { workspace, pullRequest: run.pullRequest, branch, base, head: run.tip };
};

/** Tested tree = landed tree: a retry runs the checks on what landed. */
function landedDifferently(run: TaskRun, sha: string, differs: string): StepResult {
  run.landedUntested = sha;
  run.reason = reasonOf('LandedTreeMismatch');
  run.detail = explain(
    'LandedTreeMismatch',
    `pull request #${run.pullRequest?.number ?? 0} is merged, but ${differs} Look at '${contextOf(run).baseBranch}', then retry: the checks run on what landed.`,
  );
  return 'end';
}

/** People merged something else, or into something else. */
function byHandInstead(
  run: TaskRun,
  { kind, look, what }: Extract<MergedByHand, { what: string }>,
): StepResult {
  if (kind === 'other') return landedDifferently(run, look.mergedSha ?? look.base.sha, what);
  run.reason = reasonOf('PullRequestClosed');
  run.detail = `${what} That can't be undone here. Retry to open another one, or cancel.`;
  return 'end';
}

async function goneElsewhere(run: TaskRun, sha: string): Promise<StepResult> {
  const merged = await mergedByHand(carrier(run));
  if (merged.kind === 'elsewhere') return byHandInstead(run, merged);
  return landedDifferently(run, sha, `'${contextOf(run).baseBranch}' does not hold what it brought.`);
}

/** Someone's commits on top of ours are taken along: tested, shown and asked about anew. A branch that lost ours is not. */
async function followHead(run: TaskRun, remote: string): Promise<StepResult> {
  const { workspace, branch, task } = contextOf(run);
  if (!isHosted(workspace)) return headMoved(run, remote);
  const merged = await mergedByHand(carrier(run));
  if (merged.kind === 'elsewhere' || merged.kind === 'other') return byHandInstead(run, merged);
  const host = hostActivities(workspace.host, `task ${task.number}: who moved the branch`);
  const { landed, tip } = await host.verifyLanded({ workspace, branch, headSha: run.tip, method: 'merge' });
  if (!landed || tip === null) return headMoved(run, tip ?? remote);
  run.approvedHead = null;
  run.candidate = null;
  run.tip = tip;
  run.commit = tip;
  const checked = await checkCommit(run, tip);
  return checked === 'yes' ? 'again' : checked;
}

/** Somebody else's commit: nothing is forced over it, and a retry goes on from there. */
function headMoved(run: TaskRun, tip: string): StepResult {
  run.reason = reasonOf('LeaseLost');
  run.approvedHead = null;
  run.detail = `Someone else moved '${contextOf(run).branch}' from ${run.tip} to ${tip}; nothing was forced over it. Look at it, then retry: the work goes on from there.`;
  return 'end';
}

async function tellPeople(run: TaskRun): Promise<StepResult> {
  const { settings, slug, task } = contextOf(run);
  const notice = {
    id: `${slug}:task:${task.number}:${run.attempt}`,
    kind: 'alarm',
    project: slug,
    title: task.title,
    text: run.detail,
    command: null,
  } as const;
  await sharedActivities('tell people', 'awaitedNotice').notify({ targets: settings.notify, notice });
  return 'yes';
}

function no(run: TaskRun, reason: string, from = 'the orchestrator'): StepResult {
  addFeedback(run, from, reason);
  return 'no';
}

/** The candidate's commit, or the merge's. The date is the workflow's clock, so a repeat makes the same commit. */
function stampOf(run: TaskRun): CommitMetadata {
  const { slug, standalone, phase, task } = contextOf(run);
  const trailers: [string, string][] = [['Phasewright-Project', slug]];
  if (!standalone) trailers.push(['Phasewright-Phase', String(phase.number)]);
  trailers.push(['Phasewright-Task', String(task.number)]);
  return {
    date: new Date(Math.floor(Date.now() / 1000) * 1000).toISOString(),
    ...commitText(task.title, { body: task.description }),
    trailers,
  };
}

function pullRequestText(run: TaskRun): { title: string; body: string; marker: string } {
  const { slug, task, workspace, webUi, settings } = contextOf(run);
  const workflowId = standaloneTaskWorkflowId(slug);
  return taskPullRequest({
    slug,
    workflowId,
    task: {
      number: task.number,
      title: task.title,
      description: task.description,
      acceptance: task.acceptance,
      commit: run.commit,
      attempts: run.attempt,
      agents: run.agents,
    },
    cost: run.cost,
    workflowUrl: workflowUrl(webUi, workflowInfo().namespace, workflowId),
    reviewsDecide: isHosted(workspace),
    approvers: settings.approval.approvers,
    checks: run.checks,
    approveCommand: commandFor.approve(slug),
    rejectCommand: commandFor.reject(slug),
  });
}
