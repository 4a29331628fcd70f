/** How a phase goes through its flow: tasks and revisions are its work, a no is the next revision. */
import { reasonOf } from '../../domain/failure.ts';
import { stop } from '../flow/step.ts';
import type { Walker } from '../flow/walk.ts';
import { showPhase } from '../messaging/visibility.ts';
import { type PhaseRun, setPhaseStatus } from './state.ts';
import { phaseSteps } from './steps.ts';
import { runTasks } from './tasks.ts';

export const phaseWalker = (run: PhaseRun): Walker<PhaseRun> => ({
  flow: run.plan.flow,
  success: 'completed',
  steps: { registry: phaseSteps, place: 'phase', show: showPhase },
  // The revision is one of its tasks from the moment that somebody asked for it.
  work: (_run, _what, first) => runTasks(run, first),
  onNo(_run, { reason, feedback }) {
    Object.assign(run.state, { reason, detail: feedback });
  },
  onEnter(_run, name) {
    if (run.plan.flow.states[name]?.work.kind !== 'revision') return;
    setPhaseStatus(run, 'changes_requested', `changes requested: ${run.state.detail}`);
    run.live.reporter.changed();
  },
  why: () => stop(run.state.reason ?? reasonOf('Unexpected'), run.state.detail),
});
