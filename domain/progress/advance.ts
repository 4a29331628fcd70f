/**
 * The one place where a project moves. Pure: given where the project stands and how its phase ended, exactly one thing
 * happens next. Everything a phase does, landing and merging included, is over before this is asked.
 */
import type { PhaseOutcome } from './outcomes.ts';
import type { PhaseSpec } from '../model/project.ts';

export type AdvanceStage = 'next_phase_started' | 'next_phase_held' | 'workflow_complete' | 'complete_phase';

export interface AdvanceRecord {
  readonly stage: AdvanceStage;
  readonly success: boolean;
  readonly message: string;
  readonly phaseCompleted: {
    readonly number: number;
    readonly name: string;
    readonly status: PhaseOutcome['status'];
    readonly reason: PhaseOutcome['reason'];
    readonly pullRequest: number | null;
    readonly tasks: readonly { readonly number: number; readonly title: string; readonly status: string }[];
  };
  readonly nextPhase: { readonly number: number; readonly name: string } | null;
}

export interface Standing {
  readonly phases: readonly PhaseSpec[];
  /** Numbers of phases that a person skipped. */
  readonly skipped: readonly number[];
  readonly paused: boolean;
}

export function advance(project: Standing, outcome: PhaseOutcome): AdvanceRecord {
  const phaseCompleted = {
    number: outcome.number,
    name: outcome.name,
    status: outcome.status,
    reason: outcome.reason,
    pullRequest: outcome.pullRequest?.number ?? null,
    tasks: outcome.tasks.map(({ number, title, status }) => ({ number, title, status })),
  };
  const label = `Phase ${outcome.number} '${outcome.name}'`;
  if (outcome.status === 'failed' || outcome.status === 'cancelled') {
    return {
      stage: 'complete_phase',
      success: false,
      message: `${label} ${outcome.status}: ${outcome.message} The next phase was not started; 'retry' goes on from here, with accepted tasks kept.`,
      phaseCompleted,
      nextPhase: null,
    };
  }
  const next = nextPhase(project, outcome.number);
  if (next === undefined) {
    return {
      stage: 'workflow_complete',
      success: true,
      message: `${label} completed; it was the last phase.`,
      phaseCompleted,
      nextPhase: null,
    };
  }
  const nextSummary = { number: next.number, name: next.name };
  if (project.paused) {
    return {
      stage: 'next_phase_held',
      success: true,
      message: `${label} completed; the project is paused, 'resume' starts phase ${next.number} '${next.name}'.`,
      phaseCompleted,
      nextPhase: nextSummary,
    };
  }
  return {
    stage: 'next_phase_started',
    success: true,
    message: `${label} completed; phase ${next.number} '${next.name}' started.`,
    phaseCompleted,
    nextPhase: nextSummary,
  };
}

/** The first phase after `number` that nobody skipped. */
export function nextPhase(
  project: Pick<Standing, 'phases' | 'skipped'>,
  number: number,
): PhaseSpec | undefined {
  return project.phases.find((phase) => phase.number > number && !project.skipped.includes(phase.number));
}
