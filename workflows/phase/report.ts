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
    const { input, finished, approvalGate, refusals, ...now } = run();
    const { open, decisions } = approvalGate.state;
    return {
      report: {
        ...stamp,
        phase: input.phase.number,
        // Another object is another result: a rebase gives a task another commit.
        tasks: finished.filter((task) => tasks.get(task.number) !== task),
        baseSha: now.base,
        status: now.status,
        gate: open,
        decisions: decisions.filter(({ gateId }) => !decided.has(gateId)),
        refusals: refusals.filter(({ commandId }) => !refused.has(commandId)),
        pullRequest: now.pullRequest,
        headSha: now.head === '' ? null : now.head,
        heldUp: now.heldUp,
        question: now.question,
      },
      arrived() {
        tasks = new Map(finished.map((task) => [task.number, task]));
        decided = new Set(decisions.map(({ gateId }) => gateId));
        refused = new Set(refusals.map(({ commandId }) => commandId));
      },
    };
  };
}
