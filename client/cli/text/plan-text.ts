/** A dry run for people: branches, gates and prompts. Pure. */
import { formatDuration } from '../../../domain/text/duration.ts';
import type { ProjectPlan } from '../../../domain/progress/plan.ts';
import { repositoryLabel } from '../../../domain/views/status.ts';
import type { DryRun } from '../../dry-run.ts';
import { count, manyLines, oneLine, short, type Style } from './lines.ts';

export function dryRunText({ plan, prompts }: DryRun, { style }: { readonly style: Style }): string {
  const { settings, base, integrationBranch, workspace } = plan;
  const { approval, limits } = settings;
  const lines = [
    `${style.bold(oneLine(plan.name))} would run as '${plan.slug}' on host ${workspace.host}. Nothing was made.`,
    `Repository ${oneLine(repositoryLabel(workspace.repository))}, base ${base.branch} at ${short(base.sha)}.`,
    `Setup: ${list(settings.setup)}. Checks: ${list(settings.checks)}.`,
    ...(plan.warnings ?? []).map((warning) => style.yellow(oneLine(warning, 1_000))),
    `At most ${count(limits.attempts, 'attempt')} per task, ${formatDuration(limits.agentTimeoutMs)} each; a phase ${formatDuration(limits.phaseTimeoutMs)}.`,
    '',
    `${integrationBranch}  from ${base.branch}`,
    ...plan.phases.flatMap((phase) => phaseLines(plan, phase)),
    ...lastGate(plan),
    ...prompts.flatMap(({ phase, task, text }) => [
      '',
      style.bold(`── prompt of task ${phase}.${task} ──`),
      manyLines(text),
    ]),
    ...(approval.phases === 'none' && approval.project === 'none'
      ? ['', style.yellow('No person is asked anywhere: every gate is off.')]
      : []),
  ];
  return `${lines.join('\n')}\n`;
}

const list = (commands: readonly string[]): string =>
  commands.length === 0 ? 'none' : commands.map((command) => oneLine(command)).join('; ');

function phaseLines(
  { settings, integrationBranch }: ProjectPlan,
  phase: ProjectPlan['phases'][number],
): readonly string[] {
  const way =
    settings.pullRequests === 'phase'
      ? `pull request into ${integrationBranch}`
      : `merged into ${integrationBranch}`;
  const gate =
    settings.approval.phases === 'required' ? `gate phase-${phase.number}.1: a person approves` : 'no gate';
  return [
    `  ${phase.branch}`,
    `    phase ${phase.number} '${oneLine(phase.name)}': ${phase.breakdown ? 'tasks are written when it starts' : count(phase.tasks.length, 'task')}, ${gate}, ${way}`,
    ...phase.tasks.map(
      (task) =>
        `      ${phase.number}.${task.number} ${oneLine(task.title)} (${task.role}${task.dependsOn.length === 0 ? '' : `, after ${task.dependsOn.join(', ')}`})`,
    ),
  ];
}

function lastGate({ settings, integrationBranch, base }: ProjectPlan): readonly string[] {
  const gate = settings.approval.project === 'required' ? 'gate project.1: a person approves' : 'no gate';
  return [`${integrationBranch} → ${base.branch}: pull request, ${gate}, ${settings.mergeMethod}`];
}
