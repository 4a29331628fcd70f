/** The steps a phase's flow may run on a transition: rebase, checks, pull request, the people's gate, the merge. */
import { explain, type FailureCode, reasonOf } from '../../domain/failure.ts';
import { condition, workflowInfo } from '@temporalio/workflow';
import type { AttemptKey, CommitMetadata } from '../../domain/model/git.ts';
import { commandFor } from '../../domain/views/how-to-answer.ts';
import { mergeRequest } from '../../domain/progress/revision.ts';
import { phasePullRequest, workflowUrl } from '../../domain/views/pull-request-body.ts';
import { phaseWorkflowId } from '../../domain/names/workflow-ids.ts';
import { commitText } from '../../domain/text/commit-message.ts';
import { hostActivities, sharedActivities } from '../activity-proxies.ts';
import { breakDown } from './breakdown.ts';
import { showPhase } from '../messaging/visibility.ts';
import { askPeopleOn } from '../landing/approval.ts';
import { isHosted } from '../landing/watch.ts';
import { awaitUnblocked } from '../landing/blocked.ts';
import { mergedByHand } from '../landing/external-merge.ts';
import { type PhaseRun, phaseRemainingMs, setPhaseStatus } from './state.ts';
import type { StepRegistry, StepResult } from '../flow/step.ts';

export const phaseSteps: StepRegistry<PhaseRun> = {
  rebase_on_project_branch: rebase,
  run_checks: runChecks,
  push_branch: async () => 'yes', // a phase's tasks are pushed as they land
  open_pull_request: openPullRequest,
  update_pull_request: updatePullRequest,
  human_approval: askPeople,
  merge_pull_request: merge,
  notify: tellPeople,
  break_down: breakDown,
};

export const notPaused = (run: PhaseRun): Promise<void> => condition(() => !run.paused);

const host = (run: PhaseRun, summary: string, policy: 'host' | 'checks' | 'watch' = 'host') =>
  hostActivities(run.input.workspace.host, `phase ${run.input.phase.number}: ${summary}`, policy);

/** The phase's own checks belong to no task: task 0, and the round as attempt. */
const keyOf = (run: PhaseRun): AttemptKey => ({
  owner: run.input.slug,
  phase: run.input.phase.number,
  task: 0,
  attempt: run.rounds + 1,
});

/** Only when the integration branch moved; checks run again on the rebased tree before it is pushed. */
async function rebase(run: PhaseRun): Promise<StepResult> {
  const { workspace, integrationBranch, phase } = run.input;
  await notPaused(run);
  const landed = await landedByHand(run);
  if (landed !== null) return landed;
  const result = await host(run, 'rebase if needed').rebase({
    workspace,
    branch: phase.branch,
    headSha: run.head,
    baseSha: run.base,
    integrationBranch,
    metadata: { ...stampOf(run), subject: `Merge '${integrationBranch}' into phase ${phase.number}` },
  });
  run.workedMs += result.elapsedMs;
  if (result.kind === 'conflict') {
    run.integrationSha = result.baseSha;
    run.merge = result.merge;
    return no(run, mergeRequest(integrationBranch, phase.branch, result.merge), 'MergeConflict');
  }
  run.integrationSha = result.baseSha;
  if (result.kind === 'current') return 'yes';
  const old = run.head;
  const checked = await checkHead(run, result.headSha);
  if (checked !== 'yes') return checked;
  const pushed = await host(run, 'push the rebased branch').land({
    workspace,
    branch: phase.branch,
    expected: old,
    sha: result.headSha,
    fence: run.fence,
  });
  run.workedMs += pushed.elapsedMs;
  if (pushed.kind === 'moved') return headMoved(run, pushed.remote);
  run.fence = pushed.fence;
  run.head = result.headSha;
  run.base = result.baseSha;
  run.finished = run.finished.map((task) => ({
    ...task,
    commit: result.commits.find((each) => each.task === task.number)?.sha ?? task.commit,
  }));
  // An approval is for what the person saw: it survives a rebase only with equal patches, and says so.
  if (run.approvedHead === old && result.samePatches) {
    run.approvedHead = result.headSha;
    run.detail = `rebased on ${result.baseSha.slice(0, 10)} with equal patches: the approval of ${old.slice(0, 10)} carries over`;
  }
  return 'yes';
}

async function runChecks(run: PhaseRun): Promise<StepResult> {
  if (run.landedByHand || run.tested?.sha === run.head || run.head === run.base) return 'yes';
  return checkHead(run, run.head);
}

export async function checkHead(run: PhaseRun, sha: string): Promise<StepResult> {
  const { workspace, phase, settings } = run.input;
  await notPaused(run);
  const timeoutMs = Math.min(settings.checkTimeoutMs, phaseRemainingMs(run));
  if (timeoutMs === 0) return stop(run, 'TimedOut', 'The phase used up its phase_timeout.');
  const result = await host(run, 'checks', 'checks').runChecks({
    key: keyOf(run),
    workspace,
    branch: phase.branch,
    sha,
    setup: settings.setup,
    commands: settings.checks,
    timeoutMs,
  });
  run.workedMs += result.elapsedMs;
  if (!result.passed) return no(run, `The checks failed on ${sha}: ${result.report}`);
  run.tested = { sha, checks: result.checks };
  return 'yes';
}

/** One per phase into the integration branch; none in project mode, none when every task was an accepted no-op. */
async function openPullRequest(run: PhaseRun): Promise<StepResult> {
  const { workspace, phase, integrationBranch, settings } = run.input;
  if (run.landedByHand || settings.pullRequests === 'project' || run.head === run.base) return 'yes';
  await notPaused(run);
  const result = await host(run, 'pull request').ensurePullRequest({
    workspace,
    headBranch: phase.branch,
    headSha: run.head,
    baseBranch: integrationBranch,
    baseSha: run.integrationSha,
    required: [],
    ...pullRequestText(run),
    known: run.pullRequest?.number,
  });
  switch (result.kind) {
    case 'no_commits':
      return 'yes';
    case 'behind':
      return 'again';
    case 'head_moved':
      return followHead(run, result.headSha);
    case 'missing':
      return headMoved(run, run.head);
    default:
      run.pullRequest = result.kind === 'merged' && result.how === 'earlier' ? null : result.pullRequest;
  }
  if (result.kind === 'merged') {
    if (result.how === 'ours') return 'yes';
    return isHosted(workspace) || result.how === 'earlier' ? 'again' : headMoved(run, result.headSha);
  }
  if (result.kind === 'retargeted') {
    return stop(
      run,
      'PullRequestClosed',
      `A person retargeted pull request #${result.pullRequest.number} to '${result.baseBranch}'; no second one is opened. Set its base back to '${integrationBranch}' and retry, or cancel.`,
    );
  }
  if (result.kind === 'closed') {
    return stop(
      run,
      'PullRequestClosed',
      `A person closed pull request #${result.pullRequest.number}; no second one is opened. Reopen it and retry, or cancel.`,
    );
  }
  return 'yes';
}

async function updatePullRequest(run: PhaseRun): Promise<StepResult> {
  if (run.pullRequest === null) return 'yes';
  const { title, body } = pullRequestText(run);
  await host(run, 'pull request text').updatePullRequest({
    workspace: run.input.workspace,
    number: run.pullRequest.number,
    title,
    body,
  });
  return 'yes';
}

/** The gate on (head, base): what is approved is this head and no other. */
async function askPeople(run: PhaseRun): Promise<StepResult> {
  const { phase, settings, slug } = run.input;
  if (run.landedByHand || settings.approval.phases === 'none' || run.approvedHead === run.head) return 'yes';
  run.rounds += 1;
  setPhaseStatus(run, 'awaiting_approval', 'awaits approval');
  const nothing = run.head === run.base ? '; nothing needed changing, so there is no pull request' : '';
  const pr = run.pullRequest === null ? nothing : ` (pull request #${run.pullRequest.number})`;
  const noChecks = settings.checks.length === 0 ? ' There are no checks.' : '';
  const question = {
    id: `phase-${phase.number}.${run.rounds}`,
    question: `Merge phase ${phase.number} '${phase.name}' into '${run.input.integrationBranch}'${pr}?${noChecks}`,
    headSha: run.head,
    baseSha: run.integrationSha,
    checks: run.tested?.sha === run.head ? run.tested.checks : [],
    command: commandFor.approve(slug, phase.number),
  };
  const asked = await askPeopleOn(
    {
      ...run,
      workspace: run.input.workspace,
      branch: phase.branch,
      base: run.input.integrationBranch,
      slug,
      notify: settings.notify,
    },
    question,
  );
  if (asked.kind === 'moved') {
    setPhaseStatus(run, 'running', 'the branch moved');
    return followHead(run, asked.tip);
  }
  const { decision } = asked;
  if (decision.action === 'approve') {
    setPhaseStatus(run, 'running', `approved by ${decision.by}`);
    run.approvedHead = decision.headSha;
    return 'yes';
  }
  run.rejections += 1;
  const { attempts } = settings.limits;
  if (run.rejections >= attempts)
    return stop(run, 'Rejected', `Rejected ${attempts} times. Last: ${decision.comment}`);
  return no(run, decision.comment, 'Rejected');
}

/** A merge commit M with tree(M) = tree(H), or nothing. When the base moved, back to the rebase. */
async function merge(run: PhaseRun): Promise<StepResult> {
  const { workspace, integrationBranch, settings, phase } = run.input;
  if (run.landedByHand || run.head === run.base) return 'yes';
  await notPaused(run);
  const common = { workspace, metadata: stampOf(run), fence: run.fence };
  const result =
    run.pullRequest === null
      ? await host(run, 'merge').mergeBranch({
          ...common,
          headBranch: phase.branch,
          baseBranch: integrationBranch,
          baseSha: run.integrationSha,
          headSha: run.head,
          required: [],
        })
      : await host(run, `merge #${run.pullRequest.number}`).mergePullRequest({
          ...common,
          number: run.pullRequest.number,
          headBranch: phase.branch,
          required: [],
          expectedHeadSha: run.head,
          expectedBaseSha: run.integrationSha,
          baseBranch: integrationBranch,
          method: 'merge', // a squash or rebase here would break "done means done"
        });
  run.workedMs += result.elapsedMs;
  switch (result.kind) {
    case 'merged':
      run.fence = result.fence;
      run.integrationSha = result.sha;
      if (!(await holds(run, result.sha))) return goneElsewhere(run);
      if (run.pullRequest !== null) run.pullRequest = { ...run.pullRequest, state: 'merged' };
      return 'differs' in result && typeof result.differs === 'string'
        ? landedDifferently(run, result.differs)
        : 'yes';
    case 'base_moved':
      return 'again';
    case 'blocked':
      await awaitUnblocked(
        {
          workspace,
          number: run.pullRequest?.number ?? 0,
          url: run.pullRequest?.url ?? '',
          listener: run.listener,
          slug: run.input.slug,
          notify: settings.notify,
          show: (heldUp) => {
            run.heldUp = heldUp;
            showPhase(run);
            run.reporter.changed();
          },
        },
        result.why,
      );
      return 'again';
    case 'head_moved':
      return followHead(run, result.headSha);
    case 'missing':
      return headMoved(run, run.head);
    case 'conflict':
      return 'again'; // the rebase names the conflict
    case 'closed':
      return stop(
        run,
        'PullRequestClosed',
        `A person closed pull request #${run.pullRequest?.number ?? 0}. Reopen it and retry, or cancel.`,
      );
    case 'checked_out':
      return stop(
        run,
        'PushRejected',
        `'${integrationBranch}' is checked out at ${result.where}. Switch that checkout to another branch, then retry. (${settings.pullRequests})`,
      );
  }
}

async function tellPeople(run: PhaseRun): Promise<StepResult> {
  const { settings, slug, phase } = run.input;
  const notice = {
    id: `${slug}:phase:${phase.number}:${run.rounds}`,
    kind: 'alarm',
    project: slug,
    title: phase.name,
    text: run.detail,
    command: null,
  } as const;
  await sharedActivities('tell people', 'awaitedNotice').notify({ targets: settings.notify, notice });
  return 'yes';
}

/** The host's own word for a merge is checked: people may have given the pull request another base. */
async function holds(run: PhaseRun, sha: string): Promise<boolean> {
  const { workspace, integrationBranch: branch } = run.input;
  if (run.pullRequest === null || !isHosted(workspace)) return true;
  const { landed } = await host(run, 'what landed').verifyLanded({
    workspace,
    branch,
    headSha: sha,
    method: 'merge',
  });
  return landed;
}

const carrier = ({ input, pullRequest, head }: PhaseRun) => ({
  workspace: input.workspace,
  pullRequest,
  branch: input.phase.branch,
  base: input.integrationBranch,
  head,
});

async function goneElsewhere(run: PhaseRun): Promise<StepResult> {
  const merged = await mergedByHand(carrier(run));
  if (merged.kind === 'elsewhere') return mergedElsewhere(run, merged.what);
  return landedDifferently(run, `'${run.input.integrationBranch}' does not hold what it brought.`);
}

/** Whoever could merge has merged, at a moment when nobody was asked. Null: nobody has. */
async function landedByHand(run: PhaseRun): Promise<StepResult | null> {
  const merged = await mergedByHand(carrier(run));
  switch (merged.kind) {
    case 'no':
      return null;
    case 'earlier':
      run.pullRequest = null;
      return null;
    case 'elsewhere':
      return mergedElsewhere(run, merged.what);
    case 'other':
      if (run.pullRequest !== null) run.pullRequest = { ...run.pullRequest, state: 'merged' };
      return landedDifferently(run, merged.what);
    case 'ours': {
      const answer = await merge(run);
      if (answer !== 'yes') return answer;
      run.landedByHand = true;
      return run.tested?.sha === run.head ? 'yes' : checkLanded(run);
    }
  }
}

/** What landed is there, whatever the checks say: if they fail, people put it right, and a retry runs them again. */
export async function checkLanded(run: PhaseRun): Promise<StepResult> {
  const checked = await checkHead(run, run.integrationSha);
  return checked === 'no' ? stop(run, 'LandedTreeMismatch', run.feedback) : checked;
}

/**
 * A retry of a phase whose pull request people have merged meanwhile: the checks decide about what landed. Null: there is still
 * something to merge.
 */
export async function landedSince(run: PhaseRun): Promise<StepResult | null> {
  const { workspace, integrationBranch } = run.input;
  const merged = await mergedByHand(carrier(run));
  // A retry after it went elsewhere, or was only a part: the rest gets another one.
  if (merged.kind === 'elsewhere' || merged.kind === 'earlier') run.pullRequest = null;
  if (merged.kind !== 'ours' && merged.kind !== 'other') return null;
  const tips = await host(run, 'what landed').readTips({ workspace, branches: [integrationBranch] });
  run.integrationSha = tips[integrationBranch] ?? run.integrationSha;
  if (run.pullRequest !== null) run.pullRequest = { ...run.pullRequest, state: 'merged' };
  if (!(await holds(run, merged.look.mergedSha ?? run.integrationSha))) return goneElsewhere(run);
  run.landedByHand = true;
  return checkLanded(run);
}

/** Someone's commits on top of ours are taken along: tested, shown and asked about anew. A branch that lost ours is not. */
async function followHead(run: PhaseRun, remote: string | null): Promise<StepResult> {
  const { workspace, phase } = run.input;
  if (!isHosted(workspace)) return headMoved(run, remote);
  const merged = await landedByHand(run);
  if (merged !== null) return merged;
  const request = { workspace, branch: phase.branch, headSha: run.head, method: 'merge' } as const;
  const { landed, tip } = await host(run, 'who moved the branch').verifyLanded(request);
  if (!landed || tip === null) return headMoved(run, tip);
  run.approvedHead = null;
  run.head = tip;
  run.detail = `someone pushed to '${phase.branch}': ${tip.slice(0, 10)} is tested and asked about anew`;
  return 'again';
}

/** Someone else's commit on our branch: the approval is void, nothing is forced; a retry takes the branch as it is then. */
function headMoved(run: PhaseRun, remote: string | null): StepResult {
  run.approvedHead = null;
  return stop(
    run,
    'LeaseLost',
    `Someone else moved '${run.input.phase.branch}' from ${run.head} to ${remote ?? 'nothing'}; nothing was forced over it. Look at it, then retry: the phase goes on from there.`,
  );
}

function mergedElsewhere(run: PhaseRun, what: string): StepResult {
  return stop(
    run,
    'PullRequestClosed',
    `${what} That can't be undone here. Retry to open another one, or cancel.`,
  );
}

/** Tested tree = landed tree: what nobody tested is not built upon. A retry runs the checks on what landed. */
function landedDifferently(run: PhaseRun, differs: string): StepResult {
  return stop(
    run,
    'LandedTreeMismatch',
    explain(
      'LandedTreeMismatch',
      `pull request #${run.pullRequest?.number ?? 0} is merged, but ${differs} Look at '${run.input.integrationBranch}', then retry: the checks run on what landed.`,
    ),
  );
}

function stop(run: PhaseRun, code: FailureCode, detail: string): StepResult {
  run.reason = reasonOf(code);
  run.detail = detail;
  return 'end';
}

function no(run: PhaseRun, feedback: string, code: FailureCode = 'ChecksFailed'): StepResult {
  run.feedback = feedback;
  run.reason = reasonOf(code);
  return 'no';
}

function stampOf(run: PhaseRun): CommitMetadata {
  const { phase, slug } = run.input;
  const number = run.pullRequest === null ? '' : ` (#${run.pullRequest.number})`;
  return {
    date: new Date(Math.floor(Date.now() / 1000) * 1000).toISOString(),
    ...commitText(`Merge phase ${phase.number}: ${phase.name}`, { suffix: number }),
    trailers: [
      ['Phasewright-Project', slug],
      ['Phasewright-Phase', String(phase.number)],
    ],
  };
}

function pullRequestText(run: PhaseRun): { title: string; body: string; marker: string } {
  const { slug, phase, project, settings } = run.input;
  return phasePullRequest({
    slug,
    workflowId: phaseWorkflowId(slug, phase.number),
    project: project.name,
    phase: { number: phase.number, name: phase.name },
    tasks: run.tasks.map((task) => {
      const done = run.finished.find(({ number }) => number === task.number);
      return {
        number: task.number,
        title: task.title,
        description: task.description,
        acceptance: task.acceptance,
        commit: done?.commit ?? null,
        attempts: done?.attempts ?? 0,
        ...(done?.agents === undefined ? {} : { agents: done.agents }),
        ...(done?.cost === undefined ? {} : { cost: done.cost }),
      };
    }),
    cost: run.cost,
    workflowUrl: workflowUrl(run.input.webUi, workflowInfo().namespace, phaseWorkflowId(slug, phase.number)),
    reviewsDecide: isHosted(run.input.workspace),
    approvers: settings.approval.approvers,
    checks: run.tested?.checks ?? [],
    approveCommand: commandFor.approve(slug, phase.number),
    rejectCommand: commandFor.reject(slug, phase.number),
  });
}
