/**
 * The way of the integration branch into base: base merged in if it moved, checks, one pull request, the gate on its head,
 * the merge. Begun again whenever base moves; done only when the approved head is on base.
 */
import { explain } from '../../domain/failure.ts';
import { condition, ParentClosePolicy, startChild, workflowInfo } from '@temporalio/workflow';
import type { AttemptKey, CommitMetadata, OpenMerge } from '../../domain/model/git.ts';
import { projectWorkflowId, taskWorkflowId } from '../../domain/names/workflow-ids.ts';
import { commitText } from '../../domain/text/commit-message.ts';
import { keepLast } from '../../domain/messages/messages.ts';
import { addCost, budgetLeft } from '../../domain/model/cost.ts';
import { commandFor } from '../../domain/views/how-to-answer.ts';
import { projectPullRequest, workflowUrl } from '../../domain/views/pull-request-body.ts';
import { hostActivities } from '../activity-proxies.ts';
import { runChild } from '../support/child-workflows.ts';
import { cancelledHere, describeError } from '../support/failures.ts';
import { mergeRequest, revisionTask } from '../../domain/progress/revision.ts';
import { completedPhases, planOf, type ProjectRun, setLifecycle } from './state.ts';
import { askPeopleOn } from '../landing/approval.ts';
import { awaitUnblocked } from '../landing/blocked.ts';
import { type Carrier, mergedByHand } from '../landing/external-merge.ts';
import { isHosted } from '../landing/watch.ts';
import { tellOfProject } from './notices.ts';
import { awaitRetry, show } from './await-retry.ts';
import { taskWorkflow } from '../task.ts';

/** What one round came to: done, go round again, or a problem that a person must look at. */
type Round =
  | { readonly kind: 'done' }
  | { readonly kind: 'again' }
  | { readonly kind: 'problem'; readonly problem: string; readonly mendable: boolean };
const again: Round = { kind: 'again' };
const problem = (text: string): Round => ({ kind: 'problem', problem: text, mendable: false });
/** Somebody closed or retargeted the pull request: putting that right is as good as a retry. */
const changedByHand = (text: string): Round => ({ kind: 'problem', problem: text, mendable: true });

const cannotMerge = 'The project cannot be merged yet';

export async function landOnBase(run: ProjectRun): Promise<void> {
  setLifecycle(run, 'implemented');
  setLifecycle(run, 'verifying');
  for (;;) {
    if (run.paused) await condition(() => !run.paused);
    const round = await tryRound(run);
    show(run);
    if (round.kind === 'done') break;
    if (round.kind !== 'problem') continue;
    const base = round.mendable ? planOf(run).base.branch : null;
    await awaitRetry(run, round.problem, { title: cannotMerge, base });
  }
  setLifecycle(run, 'verified');
  run.detail =
    run.mergedSha === null ? 'done: nothing needed changing' : `merged into '${planOf(run).base.branch}'`;
}

async function tryRound(run: ProjectRun): Promise<Round> {
  try {
    return await round(run);
  } catch (error) {
    if (cancelledHere(error)) throw error;
    return problem(describeError(error));
  }
}

async function round(run: ProjectRun): Promise<Round> {
  const plan = planOf(run);
  const { workspace, integrationBranch, base, settings, slug } = plan;
  const landed = await landedByHand(run);
  if (landed !== null) return landed;
  const host = hostActivities(workspace.host, 'project: integration branch');
  run.detail = 'brings the integration branch up to base';
  const update = await host.updateFromBase({
    workspace,
    branch: integrationBranch,
    headSha: run.integrationSha,
    baseBranch: base.branch,
    metadata: stamp(run, `Merge '${base.branch}' into '${integrationBranch}'`),
  });
  if (update.kind === 'conflict') {
    const { merge } = update;
    return revise(run, {
      title: `Merge '${base.branch}' into the project`,
      text: mergeRequest(base.branch, integrationBranch, merge),
      merge,
    });
  }
  const head = update.kind === 'merged' ? update.headSha : run.integrationSha;
  if (head === update.baseSha || plan.base.sha === head) return { kind: 'done' }; // every phase was an accepted no-op
  if (run.tested?.sha !== head) {
    run.detail = 'checks run on the integration branch';
    show(run);
    const result = await hostActivities(workspace.host, 'project: checks', 'checks').runChecks({
      key: key(run),
      workspace,
      branch: integrationBranch,
      sha: head,
      setup: settings.setup,
      commands: settings.checks,
      timeoutMs: settings.checkTimeoutMs,
    });
    if (!result.passed)
      return problem(`The checks failed on '${integrationBranch}' at ${head}: ${result.report}`);
    run.tested = { sha: head, checks: result.checks };
  }
  if (update.kind === 'merged') {
    const pushed = await host.land({
      workspace,
      branch: integrationBranch,
      expected: run.integrationSha,
      sha: head,
      fence: run.fence,
    });
    if (pushed.kind === 'moved') return takeRemote(run);
    run.fence = pushed.fence;
    run.integrationSha = head;
  }

  const opened = await hostActivities(workspace.host, 'project: pull request').ensurePullRequest({
    workspace,
    headBranch: integrationBranch,
    headSha: head,
    baseBranch: base.branch,
    baseSha: update.baseSha,
    required: [],
    ...pullRequestText(run),
    known: run.pullRequest?.number,
  });
  if (opened.kind === 'no_commits') return { kind: 'done' };
  if (opened.kind === 'behind') return again;
  if (opened.kind === 'head_moved' || opened.kind === 'missing') return takeRemote(run);
  if (opened.kind === 'merged' && opened.how !== 'ours') {
    if (opened.how === 'earlier') run.pullRequest = null;
    return isHosted(workspace) || opened.how === 'earlier' ? again : takeRemote(run);
  }
  if (opened.kind === 'retargeted') {
    run.pullRequest = opened.pullRequest;
    return changedByHand(
      `A person retargeted pull request #${opened.pullRequest.number} to '${opened.baseBranch}'; no second one is opened. Set its base back to '${base.branch}' and retry, or cancel.`,
    );
  }
  if (opened.kind === 'closed') {
    run.pullRequest = opened.pullRequest;
    return changedByHand(
      `A person closed pull request #${opened.pullRequest.number}; no second one is opened. Reopen it and retry, or cancel.`,
    );
  }
  run.pullRequest = opened.pullRequest;

  if (settings.approval.project === 'required' && run.approvedHead !== head) {
    run.rounds += 1;
    run.detail = 'awaits approval';
    const question = {
      id: `project.${run.rounds}`,
      question: `Merge project '${plan.name}' into '${base.branch}' (pull request #${opened.pullRequest.number})?`,
      headSha: head,
      baseSha: update.baseSha,
      checks: run.tested.checks,
      command: commandFor.approve(slug),
    };
    const asked = await askPeopleOn(
      {
        workspace,
        pullRequest: opened.pullRequest,
        branch: integrationBranch,
        base: base.branch,
        approvalGate: run.approvalGate,
        handlers: run.handlers,
        listener: run.listener,
        slug,
        notify: settings.notify,
      },
      question,
    );
    if (asked.kind === 'moved') return takeRemote(run);
    const { decision } = asked;
    run.decisions = keepLast(run.decisions, decision, 50);
    if (decision.action === 'reject') {
      const round = run.revisions.length + 1;
      return revise(run, {
        title: `Address the requested changes of the project (round ${round})`,
        text: decision.comment,
        merge: null,
      });
    }
    run.approvedHead = head;
  }
  return merge(run, head, update.baseSha);
}

async function merge(run: ProjectRun, head: string, baseSha: string): Promise<Round> {
  const { workspace, base, settings, name, integrationBranch } = planOf(run);
  const pullRequest = run.pullRequest;
  if (pullRequest === null) return again;
  if (run.paused) await condition(() => !run.paused);
  run.detail = `merges pull request #${pullRequest.number}`;
  const host = hostActivities(workspace.host, `project: merge #${pullRequest.number}`);
  const result = await host.mergePullRequest({
    workspace,
    number: pullRequest.number,
    headBranch: integrationBranch,
    required: [],
    expectedHeadSha: head,
    expectedBaseSha: baseSha,
    baseBranch: base.branch,
    method: settings.mergeMethod,
    metadata: stamp(run, `Merge pull request #${pullRequest.number}: ${name}`),
    fence: run.fence,
  });
  switch (result.kind) {
    case 'merged': {
      run.fence = result.fence;
      // On a code host people squash and rebase as they like, and trees are compared there: what counts is that it is on base.
      const { landed, tip } = await host.verifyLanded({
        workspace,
        branch: base.branch,
        ...(isHosted(workspace)
          ? { headSha: result.sha, method: 'merge' }
          : { headSha: head, method: settings.mergeMethod }),
      });
      const elsewhere = landed ? null : await mergedByHand(carrier(run));
      if (elsewhere?.kind === 'elsewhere') return mergedElsewhere(run, elsewhere.what);
      if (!landed)
        return problem(
          explain(
            'LandedTreeMismatch',
            `'${base.branch}' is at ${tip ?? 'nothing'} and does not hold the approved ${head}. Nothing further is merged; look at '${base.branch}'.`,
          ),
        );
      if (result.differs !== undefined) await confirmLanded(run, result.sha, result.differs);
      else if (run.tested?.sha !== head) await checkLanded(run, result.sha);
      return merged(run, result.sha);
    }
    case 'blocked':
      await awaitUnblocked(
        {
          workspace,
          number: pullRequest.number,
          url: pullRequest.url,
          listener: run.listener,
          slug: planOf(run).slug,
          notify: settings.notify,
          show: (heldUp) => {
            run.heldUp = heldUp;
            show(run);
          },
        },
        result.why,
      );
      return again;
    case 'checked_out': {
      run.byHand = `'${base.branch}' is checked out at ${result.where}. Run: ${result.command}`;
      run.detail = run.byHand;
      show(run);
      tellOfProject(run, 'waiting_for_merge', `The last merge of '${name}' is yours`, run.byHand);
      const watch = hostActivities(workspace.host, 'project: wait for the merge by hand', 'watch');
      const { tip } = await watch.awaitLanded({
        workspace,
        branch: base.branch,
        headSha: head,
        method: settings.mergeMethod,
      });
      run.byHand = null;
      await host.recordMerged({ workspace, number: pullRequest.number, sha: tip });
      return merged(run, tip);
    }
    case 'base_moved':
    case 'conflict':
      return again;
    case 'head_moved':
    case 'missing':
      return takeRemote(run);
    case 'closed':
      return changedByHand(
        `A person closed pull request #${pullRequest.number}. Reopen it and retry, or cancel.`,
      );
  }
}

const carrier = (run: ProjectRun): Carrier => {
  const { workspace, integrationBranch: branch, base } = planOf(run);
  return { workspace, pullRequest: run.pullRequest, branch, base: base.branch, head: run.integrationSha };
};

/** Whoever could merge has merged, at a moment when nobody was asked. Null: nobody has. */
async function landedByHand(run: ProjectRun): Promise<Round | null> {
  const by = await mergedByHand(carrier(run));
  switch (by.kind) {
    case 'no':
      return null;
    case 'earlier':
      run.pullRequest = null;
      return null;
    case 'elsewhere':
      return mergedElsewhere(run, by.what);
    case 'ours':
      return merge(run, run.integrationSha, by.look.base.sha);
    case 'other': {
      const sha = by.look.mergedSha ?? by.look.base.sha;
      await confirmLanded(run, sha, by.what);
      return merged(run, sha);
    }
  }
}

/** That one is used up: after a person's retry there is another. */
async function mergedElsewhere(run: ProjectRun, what: string): Promise<Round> {
  const text = `${what} That can't be undone here. Retry to open another one, or cancel.`;
  await awaitRetry(run, text, { title: cannotMerge });
  run.pullRequest = null;
  run.approvedHead = null;
  return again;
}

/** Merged before the checks ran on it. */
async function checkLanded(run: ProjectRun, sha: string): Promise<void> {
  const report = await checksOn(run, sha);
  if (report !== null) await confirmLanded(run, sha, `the checks fail on ${sha}: ${report}`);
}

/** Tested tree = landed tree: the project stops until a person has looked, and the checks have passed on what landed. */
async function confirmLanded(run: ProjectRun, sha: string, differs: string): Promise<void> {
  const { base } = planOf(run);
  for (let why: string | null = differs; why !== null; ) {
    const text = explain(
      'LandedTreeMismatch',
      `pull request #${run.pullRequest?.number ?? 0} is merged, but ${why} Look at '${base.branch}', then retry: the checks run on what landed.`,
    );
    await awaitRetry(run, text, { title: `'${base.branch}' holds what was not tested` });
    const tip = await landedTip(run, sha);
    const report = await checksOn(run, tip);
    why = report === null ? null : `the checks fail on ${tip}: ${report}`;
  }
}

/** People put right what landed by a commit on top of it. */
async function landedTip(run: ProjectRun, sha: string): Promise<string> {
  const { base, workspace } = planOf(run);
  const host = hostActivities(workspace.host, 'project: what landed');
  const { landed, tip } = await host.verifyLanded({
    workspace,
    branch: base.branch,
    headSha: sha,
    method: 'merge',
  });
  return landed && tip !== null ? tip : sha;
}

/** Null: they passed; else why not. */
async function checksOn(run: ProjectRun, sha: string): Promise<string | null> {
  const { integrationBranch, workspace, settings } = planOf(run);
  const host = hostActivities(workspace.host, 'project: checks on what landed', 'checks');
  const result = await host.runChecks({
    key: key(run),
    workspace,
    branch: integrationBranch,
    sha,
    setup: settings.setup,
    commands: settings.checks,
    timeoutMs: settings.checkTimeoutMs,
  });
  return result.passed ? null : result.report;
}

function merged(run: ProjectRun, sha: string): Round {
  run.mergedSha = sha;
  if (run.pullRequest !== null) run.pullRequest = { ...run.pullRequest, state: 'merged' };
  return { kind: 'done' };
}

/**
 * Someone pushed to the integration branch: their commit is taken as it is, tested, and asked about anew. On a code host a branch
 * that lost ours is not, until a person says so.
 */
async function takeRemote(run: ProjectRun): Promise<Round> {
  const { workspace, integrationBranch } = planOf(run);
  if (isHosted(workspace)) {
    const landed = await landedByHand(run);
    if (landed !== null) return landed;
  }
  const tips = await hostActivities(workspace.host, 'project: look again').readTips({
    workspace,
    branches: [integrationBranch],
  });
  const tip = tips[integrationBranch];
  if (tip === null || tip === undefined)
    return problem(
      `'${integrationBranch}' is gone from the remote. Push it again (it was at ${run.integrationSha}), then retry.`,
    );
  const before = run.integrationSha;
  run.integrationSha = tip;
  run.approvedHead = null;
  if (!isHosted(workspace) || (await keeps(run, before))) return again;
  return problem(
    `Someone else moved '${integrationBranch}' from ${before} to ${tip}; nothing was forced over it. Look at it, then retry: the project goes on from there.`,
  );
}

/** Whether the integration branch still holds this commit. */
async function keeps(run: ProjectRun, sha: string): Promise<boolean> {
  const { workspace, integrationBranch } = planOf(run);
  const host = hostActivities(workspace.host, 'project: who moved the branch');
  const request = { workspace, branch: integrationBranch, headSha: sha, method: 'merge' } as const;
  return (await host.verifyLanded(request)).landed;
}

interface Revision {
  readonly title: string;
  readonly text: string;
  readonly merge: OpenMerge | null;
}

/** A rejection of the whole project, or base in conflict with it, is one more task, on the integration branch; the pull request stays. */
async function revise(run: ProjectRun, { title, text, merge }: Revision): Promise<Round> {
  const plan = planOf(run);
  const last = plan.phases.at(-1);
  if (last === undefined || plan.flow.childFlow === null) return problem('There is no phase to revise.');
  const known = run.outcomes.find(({ number }) => number === last.number)?.tasks.length ?? last.tasks.length;
  const task = revisionTask(known + run.revisions.length + 1, title, text);
  run.revisions = [...run.revisions, { ...task, commit: null, attempts: 0 }];
  run.detail = `revises: ${text}`;
  show(run);
  const workflowId = taskWorkflowId(plan.slug, last.number, task.number);
  const outcome = await runChild(run.outbox, () =>
    startChild(taskWorkflow, {
      workflowId,
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      args: [
        {
          schema: 1,
          kind: 'child',
          slug: plan.slug,
          project: { name: plan.name, design: plan.design },
          phase: { number: last.number, name: last.name },
          task,
          workspace: plan.workspace,
          flow: plan.flow.childFlow,
          settings: plan.settings,
          branch: plan.integrationBranch,
          tip: run.integrationSha,
          base: plan.base.sha,
          git: { basedOn: plan.integrationBranch, target: plan.base.branch },
          completed: completedPhases(run),
          feedback: [],
          merge,
          fence: run.fence,
          clockMs: plan.settings.limits.phaseTimeoutMs,
          budget: budgetLeft(run.budget, run.cost),
          paused: run.paused,
        },
      ],
    }),
  ).finally(() => {
    run.question = null;
  });
  run.fence = outcome.fence;
  run.cost = addCost(run.cost, outcome.cost);
  run.revisions = run.revisions.map((each) =>
    each.number === task.number ? { ...each, commit: outcome.commit, attempts: outcome.attempts } : each,
  );
  if (outcome.status !== 'done') return problem(`The revision failed: ${outcome.message}`);
  run.integrationSha = outcome.tip;
  return again;
}

/** The project's own checks and revisions belong to no phase's task: phase 0. */
const key = (run: ProjectRun): AttemptKey => ({
  owner: planOf(run).slug,
  phase: 0,
  task: 0,
  attempt: run.rounds + 1,
});

const stamp = (run: ProjectRun, subject: string): CommitMetadata => ({
  date: new Date(Math.floor(Date.now() / 1000) * 1000).toISOString(),
  ...commitText(subject),
  trailers: [['Phasewright-Project', planOf(run).slug]],
});

function pullRequestText(run: ProjectRun): { title: string; body: string; marker: string } {
  const plan = planOf(run);
  return projectPullRequest({
    slug: plan.slug,
    workflowId: projectWorkflowId(plan.slug),
    project: plan.name,
    phases: run.outcomes.map(({ number, name, pullRequest, tasks }) => ({
      number,
      name,
      pullRequest,
      tasks: tasks.map(({ number: n, title, commit, attempts }) => ({ number: n, title, commit, attempts })),
    })),
    checks: run.tested?.checks ?? [],
    approveCommand: commandFor.approve(plan.slug),
    rejectCommand: commandFor.reject(plan.slug),
    cost: run.cost,
    workflowUrl: workflowUrl(plan.webUi, workflowInfo().namespace, projectWorkflowId(plan.slug)),
    reviewsDecide: isHosted(plan.workspace),
    approvers: plan.settings.approval.approvers,
  });
}
