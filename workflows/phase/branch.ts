/** The phase's branch: made at the integration tip, or found again after a retry, with whatever a lost run had landed on it. */
import { reasonOf } from '../../domain/failure.ts';
import { adopted, newLanding, withTask } from '../../domain/landing/state.ts';
import { landedUnheardOf } from '../../domain/progress/landed-tasks.ts';
import {
  foundLanded,
  recordOf,
  withEvidence,
  withoutCommits,
  withRecord,
} from '../../domain/progress/phase-progress.ts';
import { hostActivities } from '../activity-proxies.ts';
import { done, stop, type StepOutcome, toStep } from '../flow/step.ts';
import { restoreBase } from '../landing/branch.ts';
import { land } from '../landing/land.ts';
import { notPaused } from '../support/pause.ts';
import { phaseLanding } from './landing.ts';
import type { PhaseRun } from './state.ts';

const host = ({ plan: { workspace, phase } }: PhaseRun, summary: string) =>
  hostActivities(workspace.host, `phase ${phase.number}: ${summary}`);

/** `done` when work can start; a retry may learn that everything has landed meanwhile. */
export async function takeBranch(run: PhaseRun): Promise<StepOutcome> {
  await notPaused(run.state);
  if (!run.state.branchMade) {
    const made = await makeBranch(run);
    if (made.kind !== 'done' || run.plan.before?.lost !== true) return made;
  }
  return run.plan.before === null ? done : findBranch(run);
}

async function makeBranch(run: PhaseRun): Promise<StepOutcome> {
  const { plan, state } = run;
  const { workspace, phase, siblings, integrationBranch, integrationSha } = plan;
  const isLost = plan.before?.lost === true;
  const made = await host(run, `branch ${phase.branch}`).createBranch({
    workspace,
    branch: phase.branch,
    from: { kind: 'tip', branch: integrationBranch, landedSha: integrationSha },
    siblings,
    // A run that was lost may have made it, at the tip that the project knew.
    own: isLost ? { headSha: null } : null,
    fence: state.fence,
  });
  switch (made.kind) {
    case 'ready': {
      const startSha = isLost ? integrationSha : made.fromSha;
      state.landing = newLanding({ headSha: made.headSha, baseSha: startSha, startSha });
      state.branchMade = true;
      state.fence = made.fence;
      return done;
    }
    case 'base_lost': {
      const restored = await restoreBase(phaseLanding(run), integrationSha);
      if (restored.kind === 'base_restored') return makeBranch(run);
      return stop(reasonOf('LeaseLost'), restored.message);
    }
    case 'conflict':
      return stop(reasonOf('BranchConflict'), made.message);
    case 'lost':
      return stop(reasonOf('LeaseLost'), made.message);
  }
}

/** Our own branch: people may have merged, moved or deleted it since; what a lost run had landed is found by its trailers. */
async function findBranch(run: PhaseRun): Promise<StepOutcome> {
  const { plan, state } = run;
  await recordAttempts(run);
  await recordLanded(run);
  state.landing = { ...state.landing, required: commitsDone(run) };
  const landed = await land(phaseLanding(run), 'found');
  const { lost } = state.landing;
  // Whoever retries after having been told takes the branch as somebody left it.
  if (lost === null || plan.before?.landing?.lost == null) return toStep(landed);
  state.records = withoutCommits(state.records, lost.missing);
  state.landing = { ...adopted(state.landing, lost.headSha), required: commitsDone(run) };
  return done;
}

const commitsDone = ({ state }: PhaseRun): string[] =>
  state.records.flatMap(({ commit }) => (commit === null ? [] : [commit]));

/** A run that vanished may have begun attempts that it told nobody of: their evidence is there. */
async function recordAttempts(run: PhaseRun): Promise<void> {
  const { plan, state } = run;
  const { slug, phase } = plan;
  const { attempts } = await host(run, 'which attempts were made').findAttempts({
    owner: slug,
    phase: phase.number,
  });
  state.records = withEvidence(state.records, state.tasks, attempts);
  state.breakdowns = attempts[0] ?? 0;
}

async function recordLanded(run: PhaseRun): Promise<void> {
  const { plan, state } = run;
  const { workspace, phase, slug, baseSha, integrationBranch } = plan;
  const { commits } = await host(run, 'what has landed').findLanded({
    workspace,
    branches: [phase.branch, integrationBranch],
    sinceSha: baseSha,
    owner: slug,
    phase: phase.number,
  });
  for (const { task: number, sha } of landedUnheardOf(state.records, commits, phase.branch)) {
    const task = state.tasks.find((each) => each.number === number);
    if (task === undefined) continue;
    const record = recordOf(state.records, task);
    const landed = record.status === 'done' ? { ...record, commit: sha } : foundLanded(record, sha);
    state.records = withRecord(state.records, landed);
    state.landing = { ...withTask(state.landing, { headSha: sha, tested: null }), doubt: 'host' };
  }
}
