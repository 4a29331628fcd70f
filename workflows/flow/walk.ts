/** Walking a flow from its start to a final state: work, the transition that its decision names, the steps on the way. */
import { reasonOf } from '../../domain/failure.ts';
import type { FlowDefinition, StateWork } from '../../domain/flow/flow.ts';
import { runSteps, type SaidNo, type Steps, stop, stopFor, type Stopped } from './step.ts';

export type Work = Exclude<StateWork, { readonly kind: 'final' }>;
/** A decision of the flow, or the end of the work with its reason. */
export type WorkOutcome = { readonly kind: 'decision'; readonly decision: string } | Stopped;

export const decision = (name: string): WorkOutcome => ({ kind: 'decision', decision: name });

export interface Walker<Run> {
  readonly flow: FlowDefinition;
  /** The final state that is success. */
  readonly success: string;
  readonly steps: Steps<Run>;
  /** `first`: in the flow's first state. */
  readonly work: (run: Run, work: Work, first: boolean) => Promise<WorkOutcome>;
  readonly onNo: (run: Run, outcome: SaidNo) => void;
  readonly onEnter: (run: Run, state: string) => void;
  /** Why a final state that is no success was reached. */
  readonly why: (run: Run) => Stopped;
}

/** Expected failures end as `stop`; only cancellation is thrown. */
export async function walk<Run>(run: Run, walker: Walker<Run>): Promise<{ readonly kind: 'done' } | Stopped> {
  try {
    return await walkOn(run, walker);
  } catch (error) {
    return stopFor(error);
  }
}

async function walkOn<Run>(run: Run, walker: Walker<Run>): Promise<{ readonly kind: 'done' } | Stopped> {
  const { flow, success, steps } = walker;
  for (let name = flow.start; ; ) {
    const state = flow.states[name];
    if (state === undefined) return invalid(`The flow '${flow.name}' has no state '${name}'.`);
    if (state.work.kind === 'final') return name === success ? { kind: 'done' } : walker.why(run);
    const worked = await walker.work(run, state.work, name === flow.start);
    if (worked.kind === 'stop') return worked;
    const transition = state.on[worked.decision];
    if (transition === undefined)
      return invalid(
        `The flow '${flow.name}' doesn't say what happens in '${name}' on '${worked.decision}'.`,
      );
    const outcome = await runSteps(run, transition.runs, steps);
    if (outcome.kind === 'stop') return outcome;
    if (outcome.kind === 'no') walker.onNo(run, outcome);
    name = outcome.kind === 'no' ? (transition.else ?? 'failed') : transition.to;
    walker.onEnter(run, name);
    steps.show(run);
  }
}

const invalid = (detail: string): Stopped => stop(reasonOf('InvalidFlow'), detail);
