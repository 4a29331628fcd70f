/** The work of a task's states: a maker changes the worktree, a judge reads the candidate, a person answers a question. */
import { condition } from '@temporalio/workflow';
import { reasonOf } from '../../domain/failure.ts';
import { isJudge } from '../../domain/model/project.ts';
import { commandFor } from '../../domain/views/how-to-answer.ts';
import { stop, type Stopped } from '../flow/step.ts';
import { decision, type Work, type WorkOutcome } from '../flow/walk.ts';
import { tell } from '../messaging/notices.ts';
import { showTask } from '../messaging/visibility.ts';
import { notPaused } from '../support/pause.ts';
import { judge } from './judge.ts';
import { make } from './make.ts';
import { type PlannedTask, remainingMs, setStatus } from './state.ts';

export async function work(run: PlannedTask, what: Work, first: boolean): Promise<WorkOutcome> {
  await notPaused(run.state);
  switch (what.kind) {
    case 'tasks':
    case 'revision':
      return stop(reasonOf('InvalidFlow'), `'${what.kind}' is work of a phase, not of a task.`);
    case 'answer':
      await awaitAnswer(run);
      return decision('answered');
    case 'role': {
      const stopped = outOfMeans(run);
      if (stopped !== null) return stopped;
      if (isJudge(what.role)) return judge(run, what.role, awaitAnswer);
      // The flow's first maker is whoever the task asks for.
      return make(run, first ? run.plan.task.role : what.role, first);
    }
  }
}

/** Durable, for as long as people take. */
async function awaitAnswer(run: PlannedTask): Promise<void> {
  const { plan, state, live } = run;
  setStatus(run, 'blocked', `asks: ${state.question ?? ''}`);
  showTask(run);
  state.answered = false;
  tell(
    { project: plan.slug, targets: plan.settings.notify },
    {
      kind: 'question',
      title: `Task '${plan.task.title}' asks`,
      text: state.question ?? '',
      command: commandFor.answer(plan.slug),
    },
  );
  live.reporter.changed();
  await condition(() => state.question === null);
  state.answered = true;
  live.reporter.changed();
}

function outOfMeans(run: PlannedTask): Stopped | null {
  const { cost } = run.state;
  const { budget } = run.plan;
  if (remainingMs(run) === 0) return stop(reasonOf('TimedOut'), 'The phase used up its phase_timeout.');
  const spent = (limit: number | null, used: number) => limit !== null && used >= limit;
  if (spent(budget.usd, cost.usd) || spent(budget.tokens, cost.tokens)) {
    return stop(
      reasonOf('BudgetUsedUp'),
      "The project's budget is used up. 'phasewright extend-budget' adds to it, then 'retry'.",
    );
  }
  return null;
}
