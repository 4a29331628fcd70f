/** What changed between two looks at a project, as plain lines in the order of the plan. Pure. */
import type { PhaseView, ProjectStatusView, TaskView } from '../../../domain/view.ts';

export interface StoryLine {
  readonly text: string;
  /** Set where a later attempt begins: what was said about the one before it is told first. */
  readonly retried?: { readonly phase: number; readonly task: number; readonly attempt: number };
}

export function tell(before: ProjectStatusView | null, now: ProjectStatusView): readonly StoryLine[] {
  const known = before?.advances.length ?? 0;
  return [
    ...(before?.lifecycle === now.lifecycle ? [] : [{ text: `Project '${now.name}' is ${now.lifecycle}` }]),
    ...now.phases.flatMap((phase) => tellPhase(before?.phases.find(({ number }) => number === phase.number), phase)),
    ...now.advances.slice(known).map(({ stage, message }) => ({ text: `Advance: ${stage}. ${message}` })),
    ...tellPullRequest('Project', before?.pullRequest?.state, now),
    ...(now.gate !== null && now.gate.id !== before?.gate?.id ? [{ text: `Gate ${now.gate.id}: ${now.gate.question}` }] : []),
    ...(now.condition === 'failed' && before?.condition !== 'failed'
      ? [{ text: `The project stopped: ${now.waitingFor ?? 'no reason given'}` }]
      : []),
  ];
}

function tellPhase(before: PhaseView | undefined, now: PhaseView): readonly StoryLine[] {
  const label = `Phase ${now.number} '${now.name}'`;
  const lines: StoryLine[] = [];
  if (before?.status !== now.status && now.status !== 'pending') {
    const started = now.status === 'running' && (before === undefined || before.status === 'pending');
    lines.push({ text: `${label} is ${now.status}${started ? ` on ${now.branch}` : ''}` });
  }
  lines.push(...now.tasks.flatMap((task) => tellTask(now.number, before?.tasks.find(({ number }) => number === task.number), task)));
  lines.push(...tellPullRequest(label, before?.pullRequest?.state, now));
  if (now.gate !== null && now.gate.id !== before?.gate?.id) {
    const checks = now.gate.checks.map(({ command, passed }) => `${passed ? 'passed' : 'failed'}: ${command}`);
    lines.push({ text: `Gate ${now.gate.id}: ${now.gate.question} (${checks.length === 0 ? 'no checks' : checks.join(', ')})` });
  }
  return lines;
}

function tellTask(phase: number, before: TaskView | undefined, now: TaskView): readonly StoryLine[] {
  if (before === undefined && now.status === 'incoming') return [];
  const same = before?.status === now.status && before.attempts === now.attempts && before.detail === now.detail;
  if (same) return [];
  const text = `Task ${phase}.${now.number} '${now.title}' is ${now.status} (${now.detail})`;
  const seen = Math.max(1, before?.attempts ?? 0);
  return now.attempts > seen ? [{ text, retried: { phase, task: now.number, attempt: now.attempts } }] : [{ text }];
}

function tellPullRequest(label: string, before: string | undefined, now: Pick<PhaseView, 'pullRequest'>): readonly StoryLine[] {
  const { pullRequest } = now;
  if (pullRequest === null || pullRequest.state === before) return [];
  return [{ text: `${label}: pull request #${pullRequest.number} is ${pullRequest.state}, ${pullRequest.url}` }];
}
