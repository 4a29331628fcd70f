/** A phase as people see it. */
import type { TaskSpec } from '../../domain/model/project.ts';
import type { PhaseStatusView, TaskView } from '../../domain/views/status.ts';
import type { PhaseRun } from './state.ts';

export function phaseWaits({ plan, state, live }: PhaseRun): string | null {
  const { number, name } = plan.phase;
  const { open } = live.approvalGate.state;
  if (open !== null) return `approval of phase ${number} '${name}' (gate ${open.id})`;
  if (live.waitsFor !== null) return live.waitsFor.text;
  if (state.question !== null)
    return `an answer to task ${state.question.task} of phase ${number}: ${state.question.text}`;
  return null;
}

export function phaseView(run: PhaseRun): PhaseStatusView {
  const { plan, state, live } = run;
  const { phase, slug } = plan;
  const { open, decisions } = live.approvalGate.state;
  return {
    schema: 1,
    kind: 'phase',
    slug,
    number: phase.number,
    name: phase.name,
    status: state.status,
    reason: state.reason,
    detail: state.detail,
    branch: phase.branch,
    pullRequest: state.landing.pullRequest,
    headSha: state.branchMade ? state.landing.headSha : null,
    gate: open,
    tasks: state.tasks.map((task) => taskLine(run, task)),
    decisions,
    refused: live.handlers.refused,
    paused: state.paused,
    waitingFor: phaseWaits(run),
    currentTask: state.current?.task.number ?? null,
    cost: state.cost,
  };
}

function taskLine({ state }: PhaseRun, { number, title }: TaskSpec): TaskView {
  const record = state.records.find((task) => task.number === number);
  if (record !== undefined && record.status !== 'incoming') {
    const { status, reason, message: detail, attempts, commit } = record;
    return { number, title, status, reason, detail, attempts, commit };
  }
  const asks = state.question?.task === number ? state.question.text : null;
  const runs = state.current?.task.number === number;
  const status = runs
    ? asks === null
      ? 'claimed'
      : 'blocked'
    : state.status === 'failed'
      ? 'failed'
      : 'incoming';
  const detail = asks === null ? (runs ? 'runs' : 'waits for its turn') : `asks: ${asks}`;
  return { number, title, status, reason: null, detail, attempts: record?.attempts ?? 0, commit: null };
}
