/** A phase's report to its project: what ended or was decided since the last one, and how it stands. */
import type { PhaseTaskSummary } from '../../domain/progress/outcomes.ts';
import type { PhaseReport } from '../messages.ts';
import type { Composed, Stamp } from '../messaging/reports.ts';
import type { PhaseRun } from './state.ts';

/** `known`: finished tasks that the project has from an earlier run. */
export function phaseReports(run: () => PhaseRun, known: readonly PhaseTaskSummary[]) {
  let tasks = new Map(known.map((task) => [task.number, task]));
  let decided = new Set<string>();
  let refused = new Set<string>();

  return (stamp: Stamp): Composed<PhaseReport> => {
    const { plan, state, live } = run();
    const { finished, refusals, landing } = state;
    const { open, decisions } = live.approvalGate.state;
    return {
      report: {
        ...stamp,
        phase: plan.phase.number,
        // Another object is another result: a rebase gives a task another commit.
        tasks: finished.filter((task) => tasks.get(task.number) !== task),
        baseSha: landing.startSha,
        status: state.status,
        gate: open,
        decisions: decisions.filter(({ gateId }) => !decided.has(gateId)),
        refusals: refusals.filter(({ commandId }) => !refused.has(commandId)),
        pullRequest: landing.pullRequest,
        headSha: state.branchMade ? landing.headSha : null,
        heldUp: live.waitsFor?.text ?? null,
        question: state.question,
      },
      arrived() {
        tasks = new Map(finished.map((task) => [task.number, task]));
        decided = new Set(decisions.map(({ gateId }) => gateId));
        refused = new Set(refusals.map(({ commandId }) => commandId));
      },
    };
  };
}
