/** A task as people see it. */
import type { Condition } from '../../domain/model/status.ts';
import type { TaskStatusView } from '../../domain/views/status.ts';
import type { TaskRun } from './state.ts';

export function taskView(run: TaskRun): TaskStatusView {
  const { plan, state, live } = run;
  const { open, decisions } = live.approvalGate.state;
  return {
    schema: 1,
    kind: 'task',
    slug: plan?.slug ?? '',
    number: plan?.task.number ?? 1,
    title: plan?.task.title ?? '',
    status: state.status,
    reason: state.reason,
    detail: state.detail,
    attempts: state.attempt,
    commit: state.commit,
    branch: plan?.branch ?? '',
    condition: conditionOf(run),
    question: state.question,
    gate: open,
    decisions,
    pullRequest: state.landing.pullRequest,
    messages: state.messages,
    refused: live.handlers.refused,
    paused: state.paused,
    waitingFor: taskWaits(run),
    cost: state.cost,
    warnings: plan?.warnings ?? [],
    workspace: plan?.workspace ?? null,
  };
}

function conditionOf(run: TaskRun): Condition {
  const { status, paused } = run.state;
  if (status === 'done' || status === 'failed' || status === 'cancelled') return status;
  if (paused) return 'paused';
  return taskWaits(run) === null ? 'running' : 'waiting';
}

export function taskWaits({ plan, state, live }: TaskRun): string | null {
  const { open } = live.approvalGate.state;
  // A project's task that failed ends; it is its project that waits.
  if (state.status === 'failed') return plan?.standalone === true ? `a retry: ${state.detail}` : null;
  if (open !== null) return `a person's answer to: ${open.question}`;
  if (live.waitsFor !== null) return live.waitsFor.text;
  if (state.question !== null) return `an answer to the agent's question: ${state.question}`;
  return null;
}
