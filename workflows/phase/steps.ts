/** The steps a phase's flow may run on a transition. Each of those that land takes the landing as far as its name says. */
import { reasonOf } from '../../domain/failure.ts';
import type { Goal } from '../../domain/landing/landing.ts';
import { firstAndLast } from '../../domain/progress/used-up.ts';
import { done, no, type StepOutcome, type StepRegistry, stop, toStep } from '../flow/step.ts';
import { land } from '../landing/land.ts';
import { updatePullRequest } from '../landing/pull-request.ts';
import { tellAndWait } from '../messaging/notices.ts';
import { breakDown } from './breakdown.ts';
import { phaseLanding } from './landing.ts';
import type { PhaseRun } from './state.ts';
import { askFor } from './revision.ts';

const landTo =
  (goal: Goal) =>
  async (run: PhaseRun): Promise<StepOutcome> => {
    const landed = await land(phaseLanding(run), goal);
    if (landed?.kind !== 'changes') return toStep(landed);
    askFor(run, landed);
    return landed.reason === reasonOf('Rejected') ? rejected(run, landed.feedback) : toStep(landed);
  };

/** After as many rejections as a task has attempts, the phase fails; a retry begins with what was asked for. */
function rejected({ plan, state, live }: PhaseRun, comment: string): StepOutcome {
  const { attempts } = plan.settings.limits;
  state.rejections += 1;
  const rejections = live.approvalGate.state.decisions.filter(({ action }) => action === 'reject');
  const first = rejections.at(-state.rejections)?.comment ?? null;
  if (state.rejections >= attempts)
    return stop(reasonOf('Rejected'), `Rejected ${attempts} times. ${firstAndLast(first, comment)}`);
  return no(reasonOf('Rejected'), comment, 'a person');
}

export const phaseSteps: StepRegistry<PhaseRun> = {
  rebase_on_project_branch: landTo('found'),
  run_checks: landTo('tested'),
  // A phase's tasks are pushed as they land.
  push_branch: () => Promise.resolve(done),
  open_pull_request: landTo('opened'),
  update_pull_request: async (run) => {
    await updatePullRequest(phaseLanding(run));
    return done;
  },
  human_approval: landTo('approved'),
  merge_pull_request: landTo('landed'),
  notify: tellPeople,
  break_down: breakDown,
};

async function tellPeople({ plan, state }: PhaseRun): Promise<StepOutcome> {
  const { settings, slug, phase } = plan;
  await tellAndWait(
    { project: slug, targets: settings.notify },
    {
      about: `phase:${phase.number}:${state.landing.gates}`,
      kind: 'alarm',
      title: phase.name,
      text: state.detail,
    },
  );
  return done;
}
