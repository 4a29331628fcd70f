/** The standalone task as the owner of its landing: its branch → base. */
import { workflowInfo } from '@temporalio/workflow';
import { flowRuns } from '../../domain/flow/flow.ts';
import type { Landed, LandingPolicy } from '../../domain/landing/landing.ts';
import type { CommitMetadata } from '../../domain/model/git.ts';
import { standaloneTaskWorkflowId } from '../../domain/names/workflow-ids.ts';
import { commitText } from '../../domain/text/commit-message.ts';
import { commandFor } from '../../domain/views/how-to-answer.ts';
import { taskPullRequest, workflowUrl } from '../../domain/views/pull-request-body.ts';
import { type StepOutcome, toStep } from '../flow/step.ts';
import type { LandingOwner } from '../landing/owner.ts';
import { isHosted } from '../landing/watch.ts';
import { showTask } from '../messaging/visibility.ts';
import { commitDate } from '../support/commit-date.ts';
import { notPaused } from '../support/pause.ts';
import { attemptKey, type PlannedTask, remainingMs } from './state.ts';

export function taskLanding(run: PlannedTask): LandingOwner {
  const { plan, state, live } = run;
  const { slug, workspace, settings, task } = plan;
  return {
    slug,
    workspace,
    settings,
    policy: taskPolicy(run),
    label: `task ${task.number}`,
    progress: state,
    ...live,
    checksKey: () => attemptKey(run),
    remainingMs: () => remainingMs(run),
    notPaused: () => notPaused(state),
    mergeMetadata: () => mergeMetadata(run),
    updateMetadata: () => ({
      ...commitMetadata(run),
      ...commitText(`Merge '${plan.baseBranch}' into '${plan.branch}'`),
    }),
    pullRequestText: () => pullRequestText(run),
    question: (gate) => {
      const { pullRequest } = state.landing;
      const on = pullRequest === null ? '' : ` (pull request #${pullRequest.number})`;
      return {
        id: `task.${gate}`,
        question: `Merge task '${task.title}'${on}?`,
        command: commandFor.approve(slug),
      };
    },
    onGate: (_open, detail) => {
      state.detail = detail;
    },
    onRebased: ({ headSha }) => {
      state.commit = headSha;
    },
    onWaiting: (waitsFor) => {
      live.waitsFor = waitsFor;
      if (waitsFor !== null) state.detail = waitsFor.text;
      showTask(run);
    },
    show: () => showTask(run),
  };
}

function taskPolicy({ plan }: PlannedTask): LandingPolicy {
  const { settings, flow, workspace, branch, baseBranch } = plan;
  return {
    update: 'merge',
    pullRequest: flowRuns(flow, 'open_pull_request'),
    ask: settings.approval.project === 'required' && flowRuns(flow, 'human_approval'),
    carry: settings.approval.carry,
    askAboutNothing: true,
    method: settings.mergeMethod,
    checkedOut: 'person_merges',
    redo: true,
    hosted: isHosted(workspace),
    branch,
    baseBranch,
    landedSha: null,
  };
}

/** Changes are the agent's next attempt, on the branch as it is. */
export function taskStep({ state }: PlannedTask, landed: Landed | null): StepOutcome {
  const outcome = toStep(landed);
  if (outcome.kind === 'no') {
    state.merge = outcome.merge;
    state.candidate = null;
    state.nextStartSha = null;
  }
  return outcome;
}

/** The candidate's commit. */
export function commitMetadata({ plan }: PlannedTask): CommitMetadata {
  const { slug, standalone, phase, task } = plan;
  const trailers: [string, string][] = [['Phasewright-Project', slug]];
  if (!standalone) trailers.push(['Phasewright-Phase', String(phase.number)]);
  trailers.push(['Phasewright-Task', String(task.number)]);
  return { date: commitDate(), ...commitText(task.title, { body: task.description }), trailers };
}

function mergeMetadata({ plan, state }: PlannedTask): CommitMetadata {
  const { pullRequest } = state.landing;
  const what = pullRequest === null ? `'${plan.branch}'` : `pull request #${pullRequest.number}`;
  const text = commitText(plan.task.title, { prefix: `Merge ${what}: ` });
  return { date: commitDate(), ...text, trailers: [] };
}

function pullRequestText({ plan, state }: PlannedTask) {
  const { slug, task, workspace, webUi, settings } = plan;
  const workflowId = standaloneTaskWorkflowId(slug);
  return taskPullRequest({
    slug,
    workflowId,
    task: {
      number: task.number,
      title: task.title,
      description: task.description,
      acceptance: task.acceptance,
      commit: state.commit,
      attempts: state.attempt,
      agents: state.agents,
    },
    cost: state.cost,
    workflowUrl: workflowUrl(webUi, workflowInfo().namespace, workflowId),
    reviewsDecide: isHosted(workspace),
    approvers: settings.approval.approvers,
    resolved: state.landing.resolved ?? [],
    sensitive: state.landing.sensitive,
    checks: state.landing.tested?.checks ?? state.checks,
    approveCommand: commandFor.approve(slug),
    rejectCommand: commandFor.reject(slug),
  });
}
