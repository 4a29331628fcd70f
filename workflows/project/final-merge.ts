/** The way of the integration branch into base, begun again until what was approved is there; what people ask for first is a revision. */
import { mergeDecisions } from '../../domain/approval/decisions.ts';
import { workflowInfo } from '@temporalio/workflow';
import { type FailureReason, reasonOf } from '../../domain/failure.ts';
import type { Landed, LandingPolicy } from '../../domain/landing/landing.ts';
import { retried } from '../../domain/landing/state.ts';
import type { CommitMetadata } from '../../domain/model/git.ts';
import { projectWorkflowId } from '../../domain/names/workflow-ids.ts';
import { commitText } from '../../domain/text/commit-message.ts';
import { commandFor } from '../../domain/views/how-to-answer.ts';
import { projectPullRequest, workflowUrl } from '../../domain/views/pull-request-body.ts';
import { stopFor } from '../flow/step.ts';
import { land } from '../landing/land.ts';
import { followMergeByHand } from '../landing/merge.ts';
import type { LandingOwner } from '../landing/owner.ts';
import { isRenamed, renamedSince } from '../landing/renamed-base.ts';
import { isHosted } from '../landing/watch.ts';
import { commitDate } from '../support/commit-date.ts';
import { notPaused } from '../support/pause.ts';
import { awaitRetry } from './await-retry.ts';
import { askFor, revise, startAfresh } from './revision.ts';
import { moveBase, openRevision, type PlannedProject, setLifecycle } from './state.ts';
import { show } from './view.ts';

export async function landOnBase(run: PlannedProject): Promise<void> {
  const { state } = run;
  setLifecycle(run, 'implemented');
  setLifecycle(run, 'verifying');
  for (let landed = await tryToLand(run); ; landed = await tryToLand(run)) {
    show(run);
    if (landed?.kind === 'landed') state.mergedSha = landed.sha;
    if (landed?.kind === 'landed' || landed?.kind === 'nothing') break;
    if (landed?.kind === 'changes') askFor(run, { from: landed.from, text: landed.feedback }, landed.merge);
    const problem = landed?.kind === 'stopped' ? landed : await revise(run);
    if (problem !== null && !(await followBase(run, problem.reason))) await askForRetry(run, problem);
  }
  setLifecycle(run, 'verified');
  state.detail =
    state.mergedSha === null ? 'done: nothing needed changing' : `merged into '${run.plan.base.branch}'`;
}

/** Null: the branch was found, and what was asked for comes first. */
async function tryToLand(run: PlannedProject): Promise<Landed | null> {
  const { state } = run;
  try {
    // Even if nothing is left to do: a pause holds the project.
    await notPaused(state);
    if (openRevision(run) !== undefined) return await land(projectLanding(run), 'found');
    return (await land(projectLanding(run), 'landed')) ?? { kind: 'nothing' };
  } catch (error) {
    return { ...stopFor(error), kind: 'stopped', mendable: false };
  }
}

/** True: base has another name since, and everything goes on there. */
async function followBase(run: PlannedProject, reason: FailureReason): Promise<boolean> {
  const { state } = run;
  const { branch } = run.plan.base;
  const name = await renamedSince(projectLanding(run), reason);
  if (name === null) return false;
  moveBase(run, name);
  state.landing = retried(state.landing);
  state.detail = isRenamed(branch, name);
  return true;
}

/** Words that come with the retry are for the revision, unless everything has landed already. */
async function askForRetry(
  run: PlannedProject,
  { reason, detail, mendable }: Extract<Landed, { readonly kind: 'stopped' }>,
): Promise<void> {
  const { plan, state } = run;
  const onBase = reason === reasonOf('LandedTreeMismatch');
  const { words, fresh } = await awaitRetry(run, detail, {
    title: onBase ? `'${plan.base.branch}' holds what was not tested` : 'The project cannot be merged yet',
    base: mendable ? plan.base.branch : null,
    follow: (retry) => followMergeByHand(projectLanding(run), retry),
  });
  state.landing = retried(state.landing);
  if (fresh) startAfresh(run);
  if (state.landing.unconfirmed !== null) return;
  for (const said of words) askFor(run, said, openRevision(run)?.merge ?? null);
}

function projectLanding(run: PlannedProject): LandingOwner {
  const { plan, state, live } = run;
  const { slug, workspace, settings, name, integrationBranch, base } = plan;
  return {
    slug,
    workspace,
    settings,
    get policy() {
      return projectPolicy(run);
    },
    label: 'project',
    progress: state,
    ...live,
    // The project's own checks and revisions belong to no phase: phase 0, and the gate as attempt.
    checksKey: () => ({ owner: slug, phase: 0, task: 0, attempt: state.landing.gates + 1 }),
    remainingMs: () => Number.POSITIVE_INFINITY,
    notPaused: () => notPaused(state),
    mergeMetadata: () =>
      metadata(run, name, `Merge pull request #${state.landing.pullRequest?.number ?? 0}: `),
    updateMetadata: () => metadata(run, `Merge '${base.branch}' into '${integrationBranch}'`),
    pullRequestText: () => pullRequestText(run),
    question: (gate) => ({
      id: `project.${gate}`,
      question: `Merge project '${name}' into '${base.branch}' (pull request #${state.landing.pullRequest?.number ?? 0})?`,
      command: commandFor.approve(slug),
    }),
    onGate: (_open, detail) => {
      state.detail = detail;
      state.decisions = mergeDecisions(state.decisions, live.approvalGate.state.decisions);
    },
    onRebased: ({ headSha }) => replaceCommits(run, headSha),
    onWaiting: (waitsFor) => {
      live.waitsFor = waitsFor;
      if (waitsFor !== null) state.detail = waitsFor.text;
      show(run);
    },
    show: () => show(run),
  };
}

/** The whole branch was put on another base: its head holds what each task had landed. */
function replaceCommits({ state }: PlannedProject, headSha: string): void {
  const replaced = <T extends { readonly commit: string | null }>(task: T): T =>
    task.commit === null ? task : { ...task, commit: headSha };
  state.outcomes = state.outcomes.map((outcome) => ({ ...outcome, tasks: outcome.tasks.map(replaced) }));
  state.revisions = state.revisions.map((each) => ({ ...each, record: replaced(each.record) }));
}

/** Base is merged in, never rebased upon: phases have landed on the integration branch. */
function projectPolicy({ plan }: PlannedProject): LandingPolicy {
  const { settings, workspace, integrationBranch, base } = plan;
  return {
    update: 'merge',
    pullRequest: true,
    ask: settings.approval.project === 'required',
    carry: settings.approval.carry,
    askAboutNothing: false,
    method: settings.mergeMethod,
    checkedOut: 'person_merges',
    redo: false,
    hosted: isHosted(workspace),
    branch: integrationBranch,
    baseBranch: base.branch,
    landedSha: null,
  };
}

const metadata = ({ plan }: PlannedProject, name: string, prefix = ''): CommitMetadata => ({
  date: commitDate(),
  ...commitText(name, { prefix }),
  trailers: [['Phasewright-Project', plan.slug]],
});

function pullRequestText({ plan, state }: PlannedProject) {
  const workflowId = projectWorkflowId(plan.slug);
  return projectPullRequest({
    slug: plan.slug,
    workflowId,
    project: plan.name,
    phases: state.outcomes.map(({ number, name, pullRequest, tasks }) => ({
      number,
      name,
      pullRequest,
      tasks: tasks.map(({ number: n, title, commit, attempts }) => ({ number: n, title, commit, attempts })),
    })),
    resolved: state.landing.resolved ?? [],
    sensitive: state.landing.sensitive,
    checks: state.landing.tested?.checks ?? [],
    approveCommand: commandFor.approve(plan.slug),
    rejectCommand: commandFor.reject(plan.slug),
    cost: state.cost,
    workflowUrl: workflowUrl(plan.webUi, workflowInfo().namespace, workflowId),
    reviewsDecide: isHosted(plan.workspace),
    approvers: plan.settings.approval.approvers,
  });
}
