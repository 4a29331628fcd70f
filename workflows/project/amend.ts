/** `amend`: new or changed tasks, another branch name or a skip, for phases that have not started. */
import type { Refusal } from '../../domain/approval/gate.ts';
import type { AmendMessage } from '../../domain/messages/messages.ts';
import type { PhaseSpec } from '../../domain/model/project.ts';
import { branchNameProblem } from '../../domain/names/branches.ts';
import { sharedActivities } from '../activity-proxies.ts';
import type { CommandAnswer } from '../messages.ts';
import { done, type Handled, refuse } from '../messaging/command-handler.ts';
import { outcomeOf, type ProjectRun } from './state.ts';

const invalid = (message: string): Refusal => ({ code: 'InvalidMessage', message });
const fields = ['phase', 'tasks', 'skip', 'branch'];

/** Every problem at once; pure. */
export function amendProblem(run: ProjectRun, { phases }: AmendMessage): Refusal | null {
  if (run.plan === null)
    return { code: 'NotWaiting', message: 'The project is still being validated; try again in a moment.' };
  const problems: string[] = [];
  if (phases.length === 0) problems.push("'phases' is empty");
  for (const [index, each] of phases.entries()) {
    const at = `phases[${index}]`;
    if (typeof each !== 'object' || each === null || Array.isArray(each)) {
      problems.push(`${at} must be an object { phase, tasks?, skip?, branch? }`);
      continue;
    }
    for (const key of Object.keys(each))
      if (!fields.includes(key))
        problems.push(`${at}: '${key}' is not a field (it takes ${fields.join(', ')})`);
    const phase = run.plan.phases.find(({ number }) => number === each.phase);
    if (phase === undefined) problems.push(`${at}: there is no phase ${String(each.phase)}`);
    else if (started(run, phase)) problems.push(`${at}: phase ${phase.number} '${phase.name}' has started`);
    else if (passedOver(run, phase))
      problems.push(`${at}: phase ${phase.number} '${phase.name}' was skipped, and the project is past it`);
    if (each.skip !== undefined && typeof each.skip !== 'boolean')
      problems.push(`${at}: 'skip' must be true or false`);
    if (each.tasks !== undefined && !Array.isArray(each.tasks))
      problems.push(`${at}: 'tasks' must be a list`);
    if (each.branch !== undefined) {
      const problem = typeof each.branch === 'string' ? branchNameProblem(each.branch) : 'must be a string';
      if (problem !== undefined) problems.push(`${at}: 'branch' ${problem}`);
    }
    if (each.skip === undefined && each.tasks === undefined && each.branch === undefined)
      problems.push(`${at}: name 'tasks', 'branch' or 'skip'`);
  }
  return problems.length === 0 ? null : invalid(`'amend': ${problems.join('; ')}.`);
}

/** All of it or nothing: tasks are validated first, then everything is applied in one step. */
export async function amend(run: ProjectRun, { phases }: AmendMessage): Promise<Handled<CommandAnswer>> {
  const tasks = new Map<number, PhaseSpec['tasks']>();
  for (const each of phases) {
    if (each.tasks === undefined) continue;
    const planned = await sharedActivities(`validate tasks of phase ${each.phase}`).planTasks({
      input: each.tasks,
      existing: [],
    });
    if (planned.kind === 'invalid')
      return refuse('InvalidMessage', `'amend', phase ${each.phase}: ${planned.problems.join('; ')}`);
    tasks.set(each.phase, planned.tasks);
  }
  const late = amendProblem(run, { phases });
  if (late !== null) return { kind: 'refused', refusal: late };
  const { plan, state } = run;
  if (plan === null) return refuse('NotWaiting', 'The project is still being validated.');
  run.plan = {
    ...plan,
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
  for (const { phase, skip } of phases) {
    if (skip === true && !state.skipped.includes(phase)) state.skipped = [...state.skipped, phase];
    if (skip === false) state.skipped = state.skipped.filter((number) => number !== phase);
  }
  return done(
    `Amended: ${phases.map((each) => `phase ${each.phase}${each.skip === true ? ' skipped' : ''}`).join(', ')}.`,
  );
}

/** A phase that failed before its branch was made has done nothing yet: its branch may be named anew. */
function started(run: ProjectRun, { number }: PhaseSpec): boolean {
  const outcome = outcomeOf(run, number);
  return (
    run.live.activePhase?.number === number ||
    (outcome !== undefined && (outcome.lost === true || outcome.landing !== null))
  );
}

const passedOver = ({ state }: ProjectRun, { number }: PhaseSpec): boolean =>
  state.next === null || number < state.next.number;
