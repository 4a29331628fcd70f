/** The steps of a flow's transition, in order. What each came to is data; its owner applies it, once. */
import { ApplicationFailure } from '@temporalio/workflow';
import { type FailureReason, reasonOf } from '../../domain/failure.ts';
import type { Step } from '../../domain/flow/steps.ts';
import type { Landed } from '../../domain/landing/landing.ts';
import type { OpenMerge } from '../../domain/model/git.ts';
import { codeOf, describeEnd, passesThrough } from '../support/failures.ts';

/** The work goes back, with the reason in the next prompt. */
export interface SaidNo {
  readonly kind: 'no';
  readonly reason: FailureReason;
  /** Who said so. */
  readonly from: string;
  readonly feedback: string;
  /** A merge that the next work finishes. */
  readonly merge: OpenMerge | null;
}

/** Only a person can go on. */
export interface Stopped {
  readonly kind: 'stop';
  readonly reason: FailureReason;
  /** A sentence with the way out. */
  readonly detail: string;
}

export type StepOutcome = { readonly kind: 'done' } | SaidNo | Stopped;

export const done: StepOutcome = { kind: 'done' };

export const no = (reason: FailureReason, feedback: string, from = 'the orchestrator'): SaidNo => ({
  kind: 'no',
  reason,
  from,
  feedback,
  merge: null,
});

export const stop = (reason: FailureReason, detail: string): Stopped => ({ kind: 'stop', reason, detail });

/** What an expected failure stops with; what is no failure of the work is thrown on. */
export function stopFor(error: unknown): Stopped {
  if (passesThrough(error)) throw error;
  return stop(reasonOf(codeOf(error)), describeEnd(error));
}

/** What a landing means for the flow that asked for it. Null: it went as far as it was asked to. */
export function toStep(landed: Landed | null): StepOutcome {
  switch (landed?.kind) {
    case undefined:
    case 'landed':
    case 'nothing':
      return done;
    case 'changes':
      return { ...landed, kind: 'no' };
    case 'stopped':
      return stop(landed.reason, landed.detail);
  }
}

/** `following`: the steps after this one, for a step that can do the next one's work with its own. */
export type StepRegistry<Run> = Partial<
  Record<Step, (run: Run, following: readonly string[]) => Promise<StepOutcome>>
>;

export interface Steps<Run> {
  readonly registry: StepRegistry<Run>;
  /** What the registry is for, e.g. `phase`. */
  readonly place: string;
  readonly show: (run: Run) => void;
}

/** Until one isn't done. A name that the registry lacks fails at once, by name. */
export async function runSteps<Run>(
  run: Run,
  names: readonly string[],
  { registry, place, show }: Steps<Run>,
): Promise<StepOutcome> {
  for (const [index, name] of names.entries()) {
    const step = registry[name as Step];
    if (step === undefined) {
      throw ApplicationFailure.nonRetryable(
        `There is no step '${name}' for a ${place}. Its steps: ${Object.keys(registry).join(', ')}.`,
        'UnknownStep',
      );
    }
    const outcome = await step(run, names.slice(index + 1));
    show(run);
    if (outcome.kind !== 'done') return outcome;
  }
  return done;
}
