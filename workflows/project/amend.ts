/** `amend`: new or changed tasks, another branch name or a skip, for phases that have not started; and whether approvals carry over. */
import type { Refusal } from '../../domain/approval/gate.ts';
import { amended, amendProblem, problemList } from '../../domain/messages/amend.ts';
import type { AmendMessage } from '../../domain/messages/messages.ts';
import type { PhaseSpec } from '../../domain/model/project.ts';
import { sharedActivities } from '../activity-proxies.ts';
import type { CommandAnswer } from '../messages.ts';
import { done, type Handled, refuse } from '../messaging/command-handler.ts';
import type { ProjectRun } from './state.ts';

/** Why it can't be; pure. */
export function amendRefusal(run: ProjectRun, message: AmendMessage): Refusal | null {
  if (run.plan === null)
    return { code: 'NotWaiting', message: 'The project is still being validated; try again in a moment.' };
  const known = run.plan.phases.map((phase) => ({ ...phase, closed: closed(run, phase) }));
  const problem = amendProblem(message, known);
  return problem === null ? null : { code: 'InvalidMessage', message: problem };
}

/** All of it or nothing: tasks are validated first, then everything is applied in one step. */
export async function amend(run: ProjectRun, message: AmendMessage): Promise<Handled<CommandAnswer>> {
  const { phases = [], carry } = message;
  const tasks = new Map<number, PhaseSpec['tasks']>();
  for (const each of phases) {
    if (each.tasks === undefined) continue;
    const planned = await sharedActivities(`validate tasks of phase ${each.phase}`).planTasks({
      input: each.tasks,
      existing: [],
    });
    if (planned.kind === 'invalid')
      return refuse(
        'InvalidMessage',
        `Nothing was changed: phase ${each.phase}: ${problemList(planned.problems)}`,
      );
    tasks.set(each.phase, planned.tasks);
  }
  const late = amendRefusal(run, message);
  if (late !== null) return { kind: 'refused', refusal: late };
  const { plan, state } = run;
  if (plan === null) return refuse('NotWaiting', 'The project is still being validated.');
  const { approval } = plan.settings;
  run.plan = {
    ...plan,
    ...(carry === undefined ? {} : { settings: { ...plan.settings, approval: { ...approval, carry } } }),
    phases: plan.phases.map((phase) => {
      const change = phases.find((each) => each.phase === phase.number);
      const newTasks = tasks.get(phase.number);
      return {
        ...phase,
        ...(newTasks === undefined ? {} : { tasks: newTasks, breakdown: false }),
        ...(change?.branch === undefined ? {} : { branch: change.branch }),
      };
    }),
  };
  const text = amended(message, { skipped: state.skipped, carry: approval.carry });
  for (const { phase, skip } of phases) {
    if (skip === true && !state.skipped.includes(phase)) state.skipped = [...state.skipped, phase];
    if (skip === false) state.skipped = state.skipped.filter((number) => number !== phase);
  }
  return done(text);
}

/** A phase that failed before its branch was made has done nothing yet: its branch may be named anew. */
function closed({ live, state }: ProjectRun, { number }: PhaseSpec): string | null {
  const outcome = state.outcomes.find((each) => each.number === number);
  const made = outcome !== undefined && (outcome.lost === true || outcome.landing !== null);
  if (live.activePhase?.number === number || made) return 'has started';
  const isPast = state.next === null || number < state.next.number;
  return isPast ? 'was skipped, and the project is past it' : null;
}
