/** A phase that ended without saying how: terminated, cancelled, broken. What it reported before is kept. */
import { reasonOf } from '../../domain/failure.ts';
import { ApplicationFailure } from '@temporalio/workflow';
import { noCost } from '../../domain/model/cost.ts';
import type { PhaseOutcome, PhaseTaskSummary } from '../../domain/progress/outcomes.ts';
import { type NextPhase, phaseSpec, type ProjectRun } from './state.ts';

/** Its outcome is one like any other: a failed one waits for `retry`, which goes on from what had landed. */
export function endedWithoutOutcome(
  run: ProjectRun,
  { number, before }: NextPhase,
  status: 'failed' | 'cancelled',
  message: string,
): PhaseOutcome {
  const phase = phaseSpec(run, number);
  if (phase === undefined)
    throw ApplicationFailure.nonRetryable(`There is no phase ${number}.`, 'InvalidProject');
  const reported = run.activePhase?.tasks ?? [];
  const missing = phase.tasks.filter((task) => !reported.some((each) => each.number === task.number));
  const tasks = [
    ...reported,
    ...missing.map(
      (task): PhaseTaskSummary => ({
        number: task.number,
        title: task.title,
        status,
        reason: reasonOf('Unexpected'),
        message,
        attempts: 0,
        commit: null,
        noop: false,
      }),
    ),
  ];
  return {
    schema: 1,
    number,
    name: phase.name,
    status,
    reason: status === 'failed' ? reasonOf('Unexpected') : null,
    message,
    branch: phase.branch,
    headSha: run.activePhase?.headSha ?? before?.headSha ?? null,
    integrationSha: run.integrationSha,
    baseSha: run.activePhase?.baseSha ?? '',
    pullRequest: run.activePhase?.pullRequest ?? before?.pullRequest ?? null,
    tasks: tasks.toSorted((a, b) => a.number - b.number),
    files: [],
    branchMade: true,
    decisions: run.decisions.filter(({ gateId }) => gateId.startsWith(`phase-${number}.`)),
    // Gates that it opened may not have been reported: their ids must not be used again.
    rounds: run.decisions.filter(({ gateId }) => gateId.startsWith(`phase-${number}.`)).length + 1,
    feedback: before?.feedback ?? '',
    merge: before?.merge ?? null,
    fence: run.fence,
    cost: { ...noCost, unknown: true },
    workedMs: 0,
  };
}
