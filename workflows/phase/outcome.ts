/** What a phase ends with. */
import type { PhaseOutcome } from '../../domain/progress/outcomes.ts';
import { addedTo, atEnd } from '../../domain/progress/phase-progress.ts';
import type { PhaseRun } from './state.ts';

export function phaseOutcome(run: PhaseRun, status: PhaseOutcome['status']): PhaseOutcome {
  const { plan, state, live } = run;
  const { landing, branchMade } = state;
  return {
    schema: 1,
    number: plan.phase.number,
    name: plan.phase.name,
    status,
    reason: state.reason,
    message: state.detail,
    branch: plan.phase.branch,
    headSha: branchMade ? landing.headSha : null,
    integrationSha: landing.end?.kind === 'landed' ? landing.end.sha : '',
    tested: testedOnIntegration(run),
    pullRequest: landing.pullRequest,
    tasks: atEnd(state.tasks, state.records, { status, reason: state.reason, message: 'not finished' }),
    added: addedTo(plan.phase, state.tasks),
    files: state.files,
    landing: branchMade ? landing : null,
    decisions: live.approvalGate.state.decisions,
    words: state.words,
    merge: state.merge,
    fence: state.fence,
    cost: state.cost,
    workedMs: state.workedMs,
  };
}

/** A merge brings exactly the tree that was tested, so that it need not be tested there again. */
function testedOnIntegration({ state: { landing } }: PhaseRun): PhaseOutcome['tested'] {
  const { end, tested, headSha } = landing;
  if (end?.kind !== 'landed' || tested === null || tested.sha !== headSha) return null;
  return { ...tested, sha: end.sha };
}
