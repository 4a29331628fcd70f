/** The phase as the owner of its landing: phase branch → integration branch. */
import { workflowInfo } from '@temporalio/workflow';
import type { LandingPolicy } from '../../domain/landing/landing.ts';
import { flowRuns } from '../../domain/flow/flow.ts';
import type { CommitMetadata } from '../../domain/model/git.ts';
import { phaseWorkflowId } from '../../domain/names/workflow-ids.ts';
import { commitText } from '../../domain/text/commit-message.ts';
import { commandFor } from '../../domain/views/how-to-answer.ts';
import { phasePullRequest, workflowUrl } from '../../domain/views/pull-request-body.ts';
import type { LandingOwner } from '../landing/owner.ts';
import { isHosted } from '../landing/watch.ts';
import { commitDate } from '../support/commit-date.ts';
import { notPaused } from '../support/pause.ts';
import { showPhase } from '../messaging/visibility.ts';
import { type PhaseRun, phaseRemainingMs, setPhaseStatus } from './state.ts';

export function phaseLanding(run: PhaseRun): LandingOwner {
  const { plan, state, live } = run;
  const { slug, workspace, settings, phase } = plan;
  return {
    slug,
    workspace,
    settings,
    policy: phasePolicy(run),
    label: `phase ${phase.number}`,
    progress: state,
    ...live,
    // The phase's own checks belong to no task: task 0, and the gate as attempt.
    checksKey: () => ({ owner: slug, phase: phase.number, task: 0, attempt: state.landing.gates + 1 }),
    remainingMs: () => phaseRemainingMs(run),
    notPaused: () => notPaused(state),
    mergeMetadata: () => mergeMetadata(run),
    updateMetadata: () => ({
      ...mergeMetadata(run),
      ...commitText(`Merge '${plan.integrationBranch}' into phase ${phase.number}`),
    }),
    pullRequestText: () => pullRequestText(run),
    question: (gate) => question(run, gate),
    onGate: (open, detail) => setPhaseStatus(run, open ? 'awaiting_approval' : 'running', detail),
    onRebased: ({ commits }) => {
      state.records = state.records.map((task) => {
        const commit = commits.find((each) => each.task === task.number)?.sha ?? task.commit;
        return commit === task.commit ? task : { ...task, commit };
      });
    },
    onWaiting: (waitsFor) => {
      live.waitsFor = waitsFor;
      showPhase(run);
      live.reporter.changed();
    },
    show: () => showPhase(run),
  };
}

/** Merge commits only: a squash or rebase here would take the tasks' commits from what is called done. */
function phasePolicy({ plan }: PhaseRun): LandingPolicy {
  const { settings, flow, phase, integrationBranch, workspace } = plan;
  return {
    update: 'rebase',
    pullRequest: settings.pullRequests === 'phase' && flowRuns(flow, 'open_pull_request'),
    ask: settings.approval.phases === 'required' && flowRuns(flow, 'human_approval'),
    carry: settings.approval.carry,
    askAboutNothing: true,
    method: 'merge',
    checkedOut: 'stop',
    redo: true,
    hosted: isHosted(workspace),
    branch: phase.branch,
    baseBranch: integrationBranch,
    landedSha: plan.integrationSha,
  };
}

function question({ plan, state }: PhaseRun, gate: number) {
  const { phase, slug, settings, integrationBranch } = plan;
  const { pullRequest, headSha, startSha } = state.landing;
  const nothing = headSha === startSha ? '; nothing needed changing, so there is no pull request' : '';
  const on = pullRequest === null ? nothing : ` (pull request #${pullRequest.number})`;
  const noChecks = settings.checks.length === 0 ? ' There are no checks.' : '';
  return {
    id: `phase-${phase.number}.${gate}`,
    question: `Merge phase ${phase.number} '${phase.name}' into '${integrationBranch}'${on}?${noChecks}`,
    command: commandFor.approve(slug, phase.number),
  };
}

function mergeMetadata({ plan: { phase, slug }, state }: PhaseRun): CommitMetadata {
  const { pullRequest } = state.landing;
  return {
    date: commitDate(),
    ...commitText(`Merge phase ${phase.number}: ${phase.name}`, {
      suffix: pullRequest === null ? '' : ` (#${pullRequest.number})`,
    }),
    trailers: [
      ['Phasewright-Project', slug],
      ['Phasewright-Phase', String(phase.number)],
    ],
  };
}

function pullRequestText({ plan, state }: PhaseRun) {
  const { slug, phase, project, settings, webUi, workspace } = plan;
  const workflowId = phaseWorkflowId(slug, phase.number);
  return phasePullRequest({
    slug,
    workflowId,
    project: project.name,
    phase: { number: phase.number, name: phase.name },
    tasks: state.tasks.map(({ number, title, description, acceptance }) => {
      const {
        commit = null,
        attempts = 0,
        agents,
        cost,
      } = state.records.find((task) => task.number === number) ?? {};
      return {
        number,
        title,
        description,
        acceptance,
        commit,
        attempts,
        ...(agents === undefined ? {} : { agents }),
        ...(cost === undefined ? {} : { cost }),
      };
    }),
    cost: state.cost,
    workflowUrl: workflowUrl(webUi, workflowInfo().namespace, workflowId),
    reviewsDecide: isHosted(workspace),
    approvers: settings.approval.approvers,
    resolved: state.landing.resolved ?? [],
    sensitive: state.landing.sensitive,
    checks: state.landing.tested?.checks ?? [],
    approveCommand: commandFor.approve(slug, phase.number),
    rejectCommand: commandFor.reject(slug, phase.number),
  });
}
