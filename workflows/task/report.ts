/** A task's report to its phase, or to the project that it revises. */
import type { TaskReport } from '../messages.ts';
import type { Composed, Stamp } from '../messaging/reports.ts';
import { earlierAttempts } from './outcome.ts';
import type { TaskRun } from './state.ts';

export function taskReport({ plan, state }: TaskRun, stamp: Stamp): Composed<TaskReport> {
  const { question, refusals } = state;
  return {
    report: {
      ...stamp,
      task: plan?.task.number ?? 0,
      question,
      earlier: state.attempt === 0 ? null : earlierAttempts(state),
      refusals,
    },
    arrived() {
      state.refusals = state.refusals.filter((each) => !refusals.includes(each));
    },
  };
}
