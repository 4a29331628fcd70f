/** The work of a task's states: a maker changes the worktree, a judge reads the candidate, a person answers a question. */
import { explain, reasonOf } from '../../domain/failure.ts';
import { condition, workflowInfo } from '@temporalio/workflow';
import type { AgentRun } from '../../activities/agent/contract.ts';
import type { AttemptKey } from '../../domain/model/git.ts';
import type { PromptRequest } from '../../domain/model/briefing.ts';
import type { StateWork } from '../../domain/flow/flow.ts';
import { asPersonMessage } from '../../domain/messages/messages.ts';
import { addCost, isUsedUp } from '../../domain/model/cost.ts';
import { isJudge, type Role } from '../../domain/model/project.ts';
import { commandFor } from '../../domain/views/how-to-answer.ts';
import { agentActivities, hostActivities, sharedActivities } from '../activity-proxies.ts';
import { showTask } from '../messaging/visibility.ts';
import { addFeedback, contextOf, remainingMs, setStatus, type TaskRun } from './state.ts';

/** A decision of the flow, or the end of the task with its reason. */
export type WorkResult = { readonly kind: 'decision'; readonly decision: string } | { readonly kind: 'end' };

export const attemptKey = (run: TaskRun): AttemptKey => {
  const { owner, standalone, phase, task } = contextOf(run);
  return { owner, phase: standalone ? 0 : phase.number, task: task.number, attempt: run.attempt };
};

/** Nothing starts while the project is paused. */
export const notPaused = (run: TaskRun): Promise<void> => condition(() => !run.paused);

export async function work(
  run: TaskRun,
  what: Exclude<StateWork, { kind: 'final' | 'tasks' | 'revision' }>,
  first: boolean,
): Promise<WorkResult> {
  if (what.kind === 'answer') return awaitAnswer(run);
  if (isJudge(what.role)) return judge(run, what.role);
  // The flow's first maker is whoever the task asks for.
  return make(run, first ? contextOf(run).task.role : what.role, first);
}

async function make(run: TaskRun, role: Role, first: boolean): Promise<WorkResult> {
  const { settings, workspace, branch, task, merge } = contextOf(run);
  // With an answer, or as a later maker of the same attempt, it goes on with what is there.
  const goesOn = run.answered || !first;
  if (!goesOn) {
    if (run.attempt >= settings.limits.attempts) {
      return end(
        run,
        run.reason ?? reasonOf('AttemptsUsedUp'),
        `Used up its ${settings.limits.attempts} attempts. Last: ${run.feedback.at(-1)?.text ?? 'no reason given'}`,
      );
    }
    run.attempt += 1;
    run.start = run.nextStart ?? merge?.startSha ?? run.tip;
    run.candidate = null;
    run.noop = false;
  } else if (run.candidate !== null) {
    run.start = run.candidate.sha;
  }
  run.reason = null;
  const stopped = outOfMeans(run);
  if (stopped !== null) return stopped;

  setStatus(run, 'claimed', `attempt ${run.attempt}: the ${role} works`);
  await notPaused(run);
  const host = hostActivities(workspace.host, `task ${task.number}: worktree for attempt ${run.attempt}`);
  await host.prepareWorktree({
    key: attemptKey(run),
    workspace,
    branch,
    startSha: run.start,
    keepChanges: goesOn,
  });
  const ready = await setUp(run);
  if (ready !== null) return ready;

  const { result } = await runAgent(run, role);
  switch (result.kind) {
    case 'maker':
      run.noop = result.outcome === 'done' && result.noop;
      if (result.outcome === 'blocked') run.question = result.question ?? result.summary;
      if (result.outcome === 'failed') addFeedback(run, `the ${role}`, `It gave up: ${result.summary}`);
      // A failed attempt's leftovers are not a candidate: the next one starts where this one did.
      if (result.outcome === 'failed') run.nextStart = run.start;
      return decide(result.outcome);
    case 'timed_out':
      run.nextStart = run.start;
      run.reason = reasonOf('TimedOut');
      addFeedback(run, 'the orchestrator', result.message);
      return decide('failed');
    case 'unusable':
      run.nextStart = null;
      addFeedback(run, 'the orchestrator', explain(result.type, result.message));
      return decide('failed');
    default:
      run.nextStart = null;
      addFeedback(
        run,
        'the orchestrator',
        explain('InvalidAgentResult', `a ${role} answered as a ${result.kind}.`),
      );
      return decide('failed');
  }
}

async function judge(run: TaskRun, role: Role): Promise<WorkResult> {
  const stopped = outOfMeans(run);
  if (stopped !== null) return stopped;
  setStatus(run, 'provisional', `attempt ${run.attempt}: the ${role} judges`);
  const { result } = await runAgent(run, role);
  if (result.kind === 'judge') {
    if (result.decision === 'reject') {
      run.nextStart = run.candidate?.sha ?? null;
      addFeedback(run, `the ${role}`, result.comments.join('\n') || 'Rejected without a reason.');
    }
    return decide(result.decision);
  }
  // A judge that gives no usable decision has not accepted: never a guess.
  const problem =
    result.kind === 'unusable'
      ? explain(result.type, result.message)
      : result.kind === 'timed_out'
        ? result.message
        : explain('InvalidAgentResult', 'not a decision.');
  run.nextStart = run.candidate?.sha ?? null;
  addFeedback(run, 'the orchestrator', `The ${role} gave no usable decision on this attempt. ${problem}`);
  return decide('reject');
}

async function awaitAnswer(run: TaskRun): Promise<WorkResult> {
  setStatus(run, 'blocked', `asks: ${run.question ?? ''}`);
  showTask(run);
  run.answered = false;
  tellQuestion(run);
  run.reporter.changed();
  await condition(() => run.question === null);
  run.answered = true;
  run.reporter.changed();
  return decide('answered');
}

/** Not awaited: a channel that is down never holds a task up. */
function tellQuestion(run: TaskRun): void {
  const { slug, task, settings } = contextOf(run);
  const id = `${slug}:question:${workflowInfo().workflowId}:${run.attempt}.${Object.values(run.turns).join('.')}`;
  const notice = {
    id,
    kind: 'question',
    project: slug,
    title: `Task '${task.title}' asks`,
    text: run.question ?? '',
    command: commandFor.answer(slug),
  } as const;
  sharedActivities('tell people: question')
    .notify({ targets: settings.notify, notice })
    .catch(() => undefined);
}

/** Prompt, agent, and what it reports. */
async function runAgent(run: TaskRun, role: Role): Promise<AgentRun> {
  const { workspace, task, settings } = contextOf(run);
  const turn = (run.turns[role] ?? 0) + 1;
  run.turns = { ...run.turns, [role]: turn };
  const taken = isJudge(role) ? [] : run.messages.filter((receipt) => receipt.state === 'waiting');
  await notPaused(run);
  const prompt = { ...promptRequest(run, role), messages: taken.map(asPersonMessage) };
  markMessages(
    run,
    taken.map(({ id }) => id),
    'prompt',
  );
  showTask(run);
  run.agentRuns = !isJudge(role);
  run.answered = false;
  try {
    const agent = agentActivities(workspace.host, `task ${task.number}, attempt ${run.attempt}: ${role}`);
    const report = await agent.runAgent({
      ...prompt,
      timeoutMs: Math.min(settings.limits.agentTimeoutMs, remainingMs(run)),
      turn,
    });
    run.workedMs += report.elapsedMs;
    const { usage } = report;
    const by = `${role}: ${report.engine}`;
    if (!run.agents.includes(by)) run.agents = [...run.agents, by];
    run.cost = addCost(
      run.cost,
      usage === null
        ? { usd: 0, tokens: 0, unknown: true }
        : {
            usd: usage.costUsd ?? 0,
            tokens: usage.inputTokens + usage.outputTokens,
            unknown: usage.costUsd === null,
          },
    );
    markMessages(run, report.read, 'read');
    return report;
  } finally {
    run.agentRuns = false;
    // What lay unread in the inbox goes into the next prompt.
    run.messages = run.messages.map((receipt) =>
      receipt.state === 'inbox' ? { ...receipt, state: 'waiting' } : receipt,
    );
  }
}

function promptRequest(run: TaskRun, role: Role): Omit<PromptRequest, 'messages'> {
  const { workspace, project, phase, standalone, completed, task, branch, git } = contextOf(run);
  return {
    key: attemptKey(run),
    workspace,
    role,
    project,
    phase: standalone ? null : phase,
    completed,
    task,
    feedback: run.feedback,
    git: { branch, ...git },
    candidate: isJudge(role) ? { from: run.tip, to: run.candidate?.sha ?? run.tip } : null,
  };
}

async function setUp(run: TaskRun): Promise<WorkResult | null> {
  const { settings, workspace, task } = contextOf(run);
  if (settings.setup.length === 0) return null;
  await notPaused(run);
  const timeoutMs = Math.min(settings.checkTimeoutMs, remainingMs(run));
  const setup = await hostActivities(workspace.host, `task ${task.number}: setup`, 'checks').runSetup({
    key: attemptKey(run),
    workspace,
    commands: settings.setup,
    timeoutMs,
  });
  run.workedMs += setup.elapsedMs;
  if (setup.passed) return null;
  // On the branch as it stands nobody's change is to blame; on a rejected candidate the agent gets to mend it.
  if (run.start === run.tip) return end(run, reasonOf('SetupFailed'), `Setup failed: ${setup.report}`);
  addFeedback(run, 'setup', setup.report);
  return null;
}

function outOfMeans(run: TaskRun): WorkResult | null {
  const { budget } = contextOf(run);
  if (remainingMs(run) === 0) return end(run, reasonOf('TimedOut'), 'The phase used up its phase_timeout.');
  if (isUsedUp(budget, run.cost)) {
    return end(
      run,
      reasonOf('BudgetUsedUp'),
      "The project's budget is used up. 'phasewright extend-budget' adds to it, then 'retry'.",
    );
  }
  return null;
}

function end(run: TaskRun, reason: NonNullable<TaskRun['reason']>, detail: string): WorkResult {
  run.reason = reason;
  run.detail = detail;
  return { kind: 'end' };
}

function markMessages(run: TaskRun, ids: readonly string[], state: 'prompt' | 'read'): void {
  run.messages = run.messages.map((receipt) =>
    ids.includes(receipt.id) ? { ...receipt, state, attempt: run.attempt } : receipt,
  );
}

const decide = (decision: string): WorkResult => ({ kind: 'decision', decision });
