/** What changed between two looks at a project, as plain lines in the order of the plan. Pure. */
import type { Gate } from '../../../domain/approval/gate.ts';
import type { PhaseView, ProjectStatusView, TaskView } from '../../../domain/views/status.ts';

export interface StoryLine {
  readonly text: string;
  /** Set where a later attempt begins: what was said about the one before it is told first. */
  readonly retried?: { readonly phase: number; readonly task: number; readonly attempt: number };
}

/** What it looks at; the SDK's `ProjectStatus` and the `status` query both have it. */
export type Seen = Pick<
  ProjectStatusView,
  'name' | 'condition' | 'waitingFor' | 'phases' | 'pullRequest' | 'gate' | 'advances'
> & {
  readonly lifecycle: string | null;
};

export function tell(before: Seen | null, now: Seen): readonly StoryLine[] {
  const advances = now.advances.slice(before?.advances.length ?? 0);
  return [
    ...(before?.lifecycle === now.lifecycle ? [] : [{ text: `Project '${now.name}' is ${now.lifecycle}` }]),
    ...now.phases.flatMap((phase) => [
      ...tellPhase(
        before?.phases.find(({ number }) => number === phase.number),
        phase,
      ),
      ...advances
        .filter(({ phaseCompleted }) => phaseCompleted.number === phase.number)
        .map(({ stage, message }) => ({ text: `Advance: ${stage}. ${message}` })),
    ]),
    ...tellPullRequest('Project', before?.pullRequest?.state, now),
    ...tellGate(before?.gate, now.gate),
    ...(now.condition === 'failed' && before?.condition !== 'failed'
      ? [{ text: `The project stopped: ${now.waitingFor ?? 'no reason given'}` }]
      : []),
  ];
}

function tellPhase(before: PhaseView | undefined, now: PhaseView): readonly StoryLine[] {
  const label = `Phase ${now.number} '${now.name}'`;
  const started = (before === undefined || before.status === 'pending') && now.status !== 'pending';
  const tasks = now.tasks.flatMap((task) =>
    tellTask(
      now.number,
      before?.tasks.find(({ number }) => number === task.number),
      task,
      before !== undefined && before.status !== 'pending',
    ),
  );
  return [
    ...(started ? [{ text: `${label} runs on ${now.branch}` }] : []),
    ...tasks,
    ...tellPullRequest(label, before?.pullRequest?.state, now),
    ...(before?.status === now.status || (started && now.status === 'running') || now.status === 'pending'
      ? []
      : [{ text: `${label} is ${now.status}: ${now.detail}` }]),
    ...tellGate(before?.gate, now.gate),
  ];
}

function tellTask(
  phase: number,
  before: TaskView | undefined,
  now: TaskView,
  underWay: boolean,
): readonly StoryLine[] {
  const label = `Task ${phase}.${now.number} '${now.title}'`;
  const added =
    before === undefined && underWay ? [{ text: `${label} is new: what was asked for becomes a task` }] : [];
  const same =
    before === undefined
      ? now.status === 'incoming'
      : before.status === now.status && before.attempts === now.attempts && before.detail === now.detail;
  if (same) return added;
  const how = now.detail.startsWith(now.status) ? now.detail : `${now.status}, ${now.detail}`;
  const text = `${label}: ${how}`;
  const seen = Math.max(1, before?.attempts ?? 0);
  const line =
    now.attempts > seen ? { text, retried: { phase, task: now.number, attempt: now.attempts } } : { text };
  return [...added, line];
}

function tellPullRequest(
  label: string,
  before: string | undefined,
  now: Pick<PhaseView, 'pullRequest'>,
): readonly StoryLine[] {
  const { pullRequest } = now;
  if (pullRequest === null || pullRequest.state === before) return [];
  return [
    { text: `${label}: pull request #${pullRequest.number} is ${pullRequest.state}, ${pullRequest.url}` },
  ];
}

function tellGate(before: Gate | null | undefined, now: Gate | null): readonly StoryLine[] {
  if (now === null || now.id === before?.id) return [];
  const checks = now.checks.map(({ command, passed }) => `${passed ? 'passed' : 'failed'}: ${command}`);
  return [
    { text: `Gate ${now.id}: ${now.question} (${checks.length === 0 ? 'no checks' : checks.join(', ')})` },
  ];
}
