/** A phase's report to its project: what was begun, ended or decided since the last one, and how it stands. */
import type { PhaseProgress } from '../../domain/progress/outcomes.ts';
import { addedTo } from '../../domain/progress/phase-progress.ts';
import type { PhaseReport } from '../messages.ts';
import type { Composed, Stamp } from '../messaging/reports.ts';
import type { PhaseRun } from './state.ts';

/** `known`: what the project has from an earlier run. */
export function phaseReports(run: () => PhaseRun, known: Pick<PhaseProgress, 'tasks' | 'added'>) {
  // Another object is another result: a rebase gives a task another commit, and an approval another head.
  let tasks = new Set(known.tasks);
  let added = new Set(known.added);
  let decided: ReadonlySet<unknown> = new Set();

  return (stamp: Stamp): Composed<PhaseReport> => {
    const { plan, state, live } = run();
    const { records, refusals, landing, words, merge } = state;
    const addedSoFar = addedTo(plan.phase, state.tasks);
    const { open, decisions } = live.approvalGate.state;
    return {
      report: {
        ...stamp,
        phase: plan.phase.number,
        tasks: records.filter((task) => !tasks.has(task)),
        added: addedSoFar.filter((task) => !added.has(task)),
        words,
        merge,
        baseSha: landing.startSha,
        status: state.status,
        gate: open,
        decisions: decisions.filter((decision) => !decided.has(decision)),
        refusals,
        pullRequest: landing.pullRequest,
        headSha: state.branchMade ? landing.headSha : null,
        heldUp: live.waitsFor?.text ?? null,
        question: state.question,
      },
      arrived() {
        tasks = new Set(records);
        added = new Set(addedSoFar);
        decided = new Set(decisions);
        state.refusals = state.refusals.filter((each) => !refusals.includes(each));
      },
    };
  };
}
