/** What people, checks or a merge ask of a phase: the task that is next hears it; when all are done, it is one task more. */
import type { Landed } from '../../domain/landing/landing.ts';
import { withFeedback } from '../../domain/model/briefing.ts';
import { nextTask } from '../../domain/progress/next-task.ts';
import { revisionTask } from '../../domain/progress/revision.ts';
import { doneNumbers, isToBreakDown, type PhaseRun } from './state.ts';

type Changes = Pick<Extract<Landed, { readonly kind: 'changes' }>, 'from' | 'feedback' | 'merge'>;

/** From this moment on it is part of the phase, however this run of it ends. */
export function askFor(run: PhaseRun, { from, feedback, merge }: Changes): void {
  const { state } = run;
  state.words = withFeedback(state.words, { from, text: feedback });
  state.merge = merge;
  reviseForWords(run);
}

/** On the same branch; nothing landed is rewritten. */
export function reviseForWords(run: PhaseRun): void {
  const { plan, state } = run;
  if (state.words.length === 0 || isToBreakDown(run)) return;
  if (nextTask(state.tasks, doneNumbers(run)) !== undefined) return;
  const number = Math.max(0, ...state.tasks.map((task) => task.number)) + 1;
  const round = number - plan.phase.tasks.length;
  const title =
    state.merge === null
      ? `Address the requested changes (round ${round})`
      : `Merge '${plan.integrationBranch}' into the phase`;
  const description = state.words.map(({ text }) => text).join('\n\n');
  state.tasks = [...state.tasks, revisionTask(number, title, description)];
  state.words = [];
}
