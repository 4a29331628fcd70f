/**
 * An agent that can't be had, for a limit, an overload or want of a login: nobody's work is judged by it. Durable: until the time that was
 * named, or until a person says that it can be had again, whatever comes first. Shown as a question, which `answer` ends.
 */
import { condition } from '@temporalio/workflow';
import { nextTry, unavailableText } from '../../domain/agents/unavailable.ts';
import type { UnavailableResult } from '../../domain/model/agent-result.ts';
import type { Role } from '../../domain/model/project.ts';
import { commandFor } from '../../domain/views/how-to-answer.ts';
import { tell } from '../messaging/notices.ts';
import { showTask } from '../messaging/visibility.ts';
import type { PlannedTask } from './state.ts';

/** `before`: how often in a row it has been tried again already. */
export async function awaitAgent(
  run: PlannedTask,
  role: Role,
  result: UnavailableResult,
  before: number,
): Promise<void> {
  const { plan, state, live } = run;
  const next = nextTry(result, before, Date.now());
  const text = unavailableText(role, result, next, 'answer');
  const { detail } = state;
  state.question = text;
  state.detail = text;
  showTask(run);
  live.reporter.changed();
  const answered = () => state.question === null;
  if (next === null) {
    const to = { project: plan.slug, targets: plan.settings.notify };
    const title = `Task '${plan.task.title}' can't go on`;
    tell(to, { kind: 'question', title, text, command: commandFor.answer(plan.slug) });
    await condition(answered);
  } else {
    await condition(answered, Math.max(1, next - Date.now()));
    state.question = null;
  }
  state.detail = detail;
  showTask(run);
  live.reporter.changed();
}
