/** A phase that ended without saying how: terminated, cancelled, broken. What it reported before is kept. */
import { reasonOf } from '../../domain/failure.ts';
import type { LandingState } from '../../domain/landing/landing.ts';
import { newLanding } from '../../domain/landing/state.ts';
import { noCost } from '../../domain/model/cost.ts';
import type { PhaseOutcome } from '../../domain/progress/outcomes.ts';
import { atEnd } from '../../domain/progress/phase-progress.ts';
import { type ActivePhase, type NextPhase, phaseSpec, type PlannedProject } from './state.ts';

/** Its outcome is one like any other: a failed one waits for `retry`, which goes on from what had landed. */
export function endedWithoutOutcome(
  run: PlannedProject,
  { number, before }: NextPhase,
  active: ActivePhase,
  end: { readonly status: 'failed' | 'cancelled'; readonly message: string },
): PhaseOutcome {
  const phase = phaseSpec(run, number);
  const { state } = run;
  const { added, words, merge } = active;
  const reason = end.status === 'failed' ? reasonOf('Unexpected') : null;
  const landing = landingOf(run, active, before);
  return {
    schema: 1,
    number,
    name: phase.name,
    reason,
    branch: phase.branch,
    headSha: landing?.headSha ?? null,
    integrationSha: '',
    tested: null,
    pullRequest: landing?.pullRequest ?? null,
    tasks: atEnd([...phase.tasks, ...added], active.tasks, { ...end, reason }),
    added,
    words,
    merge,
    files: before?.files ?? [],
    landing,
    lost: true,
    decisions: decisionsOf(run, number),
    fence: state.fence,
    cost: { ...noCost, unknown: true },
    workedMs: 0,
    ...end,
  };
}

/** As far as it was reported. Null: as far as anybody knows its branch was not made; making it finds out. */
function landingOf(
  run: PlannedProject,
  active: ActivePhase,
  before: PhaseOutcome | null,
): LandingState | null {
  const known = before?.landing ?? null;
  const { number, headSha, baseSha, pullRequest, tasks } = active;
  if (headSha === null) return known;
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
