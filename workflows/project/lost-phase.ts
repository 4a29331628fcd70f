/** A phase that ended without saying how: terminated, cancelled, broken. What it reported before is kept. */
import { reasonOf } from '../../domain/failure.ts';
import type { LandingState } from '../../domain/landing/landing.ts';
import { newLanding } from '../../domain/landing/state.ts';
import { noCost } from '../../domain/model/cost.ts';
import type { PhaseOutcome, PhaseTaskSummary } from '../../domain/progress/outcomes.ts';
import { type NextPhase, phaseSpec, type PlannedProject } from './state.ts';

/** Its outcome is one like any other: a failed one waits for `retry`, which goes on from what had landed. */
export function endedWithoutOutcome(
  run: PlannedProject,
  { number, before }: NextPhase,
  end: { readonly status: 'failed' | 'cancelled'; readonly message: string },
): PhaseOutcome {
  const phase = phaseSpec(run, number);
  const { state, live } = run;
  const reported = live.activePhase?.tasks ?? [];
  const missing = phase.tasks.filter((task) => !reported.some((each) => each.number === task.number));
  const unfinished = missing.map(({ number: task, title }): PhaseTaskSummary => {
    const { attempts = 0, earlier } = before?.tasks.find((each) => each.number === task) ?? {};
    const reason = reasonOf('Unexpected');
    const summary = { number: task, title, reason, attempts, commit: null, noop: false, ...end };
    return earlier === undefined ? summary : { ...summary, earlier };
  });
  const landing = landingOf(run, number, before);
  return {
    schema: 1,
    number,
    name: phase.name,
    reason: end.status === 'failed' ? reasonOf('Unexpected') : null,
    branch: phase.branch,
    headSha: landing?.headSha ?? null,
    integrationSha: '',
    tested: null,
    pullRequest: landing?.pullRequest ?? null,
    tasks: [...reported, ...unfinished].toSorted((a, b) => a.number - b.number),
    files: before?.files ?? [],
    landing,
    lost: true,
    decisions: decisionsOf(run, number),
    feedback: before?.feedback ?? '',
    merge: before?.merge ?? null,
    fence: state.fence,
    cost: { ...noCost, unknown: true },
    workedMs: 0,
    ...end,
  };
}

/** As far as it was reported. Null: as far as anybody knows its branch was not made; making it finds out. */
function landingOf(run: PlannedProject, number: number, before: PhaseOutcome | null): LandingState | null {
  const { activePhase } = run.live;
  const known = before?.landing ?? null;
  if (activePhase?.headSha == null) return known;
  const { headSha, baseSha, pullRequest, tasks } = activePhase;
  const required = tasks.flatMap(({ commit }) => (commit === null ? [] : [commit])).slice(-1);
  return {
    ...(known ?? newLanding({ headSha, baseSha, startSha: baseSha })),
    headSha,
    startSha: baseSha,
    required,
    pullRequest,
    end: null,
    // Gates that it opened may not have been reported: their ids must not be used again.
    gates: Math.max(known?.gates ?? 0, decisionsOf(run, number).length) + 1,
  };
}

const decisionsOf = ({ state }: PlannedProject, number: number): PhaseOutcome['decisions'] =>
  state.decisions.filter(({ gateId }) => gateId.startsWith(`phase-${number}.`));
