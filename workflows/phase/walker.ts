/** How a phase goes through its flow: tasks and revisions are its work, a no is the next revision. */
import { reasonOf } from '../../domain/failure.ts';
import { stop } from '../flow/step.ts';
import type { Walker } from '../flow/walk.ts';
import { showPhase } from '../messaging/visibility.ts';
import { type PhaseRun, setPhaseStatus } from './state.ts';
import { phaseSteps } from './steps.ts';
import { addRevision, runTasks } from './tasks.ts';

export const phaseWalker = (run: PhaseRun): Walker<PhaseRun> => ({
  flow: run.plan.flow,
  success: 'completed',
  steps: { registry: phaseSteps, place: 'phase', show: showPhase },
  work(_run, { kind }, first) {
    if (kind === 'revision') addRevision(run);
    return runTasks(run, first);
  },
  onNo(_run, { reason, feedback, merge }) {
    Object.assign(run.state, { reason, feedback, merge });
  },
  onEnter(_run, name) {
    if (run.plan.flow.states[name]?.work.kind !== 'revision') return;
    setPhaseStatus(run, 'changes_requested', `changes requested: ${run.state.feedback}`);
    run.live.reporter.changed();
  },
  why: () => stop(run.state.reason ?? reasonOf('Unexpected'), run.state.detail),
});
