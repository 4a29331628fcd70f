/** One run of an agent for a task: what it is told, and what of its report stays. */
import type { AgentRun } from '../../activities/agent/contract.ts';
import { asPersonMessage } from '../../domain/messages/messages.ts';
import { workspaceOf } from '../../domain/model/cone.ts';
import { addCost, type Cost } from '../../domain/model/cost.ts';
import type { AgentResult, Answer } from '../../domain/model/agent-result.ts';
import { isJudge, type Role } from '../../domain/model/project.ts';
import { hearsPeople } from '../../domain/model/role.ts';
import { agentActivities } from '../activity-proxies.ts';
import { showTask } from '../messaging/visibility.ts';
import { notPaused } from '../support/pause.ts';
import { awaitAgent } from './await-agent.ts';
import { attemptKey, type PlannedTask, remainingMs } from './state.ts';

/** Until it could be had: see `awaitAgent`. It goes on with what it may have left; the attempt is the same. */
export async function runAgent(run: PlannedTask, role: Role): Promise<Answer> {
  for (let before = 0; ; before += 1) {
    const result = await runOnce(run, role);
    if (result.kind !== 'unavailable') return result;
    await awaitAgent(run, role, result, before);
  }
}

async function runOnce(run: PlannedTask, role: Role): Promise<AgentResult> {
  const { plan, state } = run;
  const turn = (state.turns[role] ?? 0) + 1;
  state.turns = { ...state.turns, [role]: turn };
  await notPaused(state);
  const taken = !hearsPeople(role) ? [] : state.messages.filter((receipt) => receipt.state === 'waiting');
  markMessages(
    run,
    taken.map(({ id }) => id),
    'prompt',
  );
  state.atWork = hearsPeople(role) ? role : null;
  state.answered = false;
  showTask(run);
  try {
    const summary = `task ${plan.task.number}, attempt ${state.attempt}: ${role}`;
    const report = await agentActivities(plan.workspace.host, summary).runAgent({
      ...briefing(run, role),
      messages: taken.map(asPersonMessage),
      timeoutMs: Math.min(plan.settings.limits.agentTimeoutMs, remainingMs(run)),
      turn,
    });
    // Nobody took what was in the prompt of an agent that could not be had.
    if (report.result.kind === 'unavailable')
      markMessages(
        run,
        taken.map(({ id }) => id),
        'waiting',
      );
    record(run, role, report);
    return report.result;
  } finally {
    state.atWork = null;
    // What lay unread in the inbox goes into the next prompt.
    state.messages = state.messages.map((receipt) =>
      receipt.state === 'inbox' ? { ...receipt, state: 'waiting' } : receipt,
    );
  }
}

function briefing(run: PlannedTask, role: Role) {
  const { plan, state } = run;
  const { workspace, project, phase, standalone, completed, task, branch, git } = plan;
  const { headSha } = state.landing;
  return {
    key: attemptKey(run),
    workspace: workspaceOf(workspace, state.merge),
    role,
    project,
    phase: standalone ? null : phase,
    completed,
    task,
    feedback: state.feedback,
    git: { branch, ...git },
    candidate: isJudge(role) ? { from: headSha, to: state.candidate?.sha ?? headSha } : null,
  };
}

function record(run: PlannedTask, role: Role, { usage, engine, elapsedMs, read }: AgentRun): void {
  const { state } = run;
  state.workedMs += elapsedMs;
  const by = `${role}: ${engine}`;
  if (!state.agents.includes(by)) state.agents = [...state.agents, by];
  state.cost = addCost(state.cost, costOf(usage));
  markMessages(run, read, 'read');
}

const costOf = (usage: AgentRun['usage']): Cost =>
  usage === null
    ? { usd: 0, tokens: 0, unknown: true }
    : {
        usd: usage.costUsd ?? 0,
        tokens: usage.inputTokens + usage.outputTokens,
        unknown: usage.costUsd === null,
      };

function markMessages(
  { state }: PlannedTask,
  ids: readonly string[],
  to: 'waiting' | 'prompt' | 'read',
): void {
  state.messages = state.messages.map((receipt) =>
    ids.includes(receipt.id) ? { ...receipt, state: to, attempt: state.attempt } : receipt,
  );
}
