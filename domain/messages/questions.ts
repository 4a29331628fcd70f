/** An agent's question, and whether an answer is one to it. */
import type { Refusal } from '../approval/gate.ts';
import type { AnswerMessage } from './messages.ts';

export interface Question {
  /** The number of the task that asks. */
  readonly task: number;
  readonly text: string;
}

/** Null: it answers the open question. `instead`: what happens, if there is none. */
export function answerRefusal(
  question: Question | null,
  { task }: Pick<AnswerMessage, 'task'>,
  instead: string,
): Refusal | null {
  const refused = (message: string): Refusal => ({ code: 'NotWaiting', message });
  if (question === null) return refused(`No agent has asked anything: ${instead}.`);
  if (task === undefined || task === question.task) return null;
  return refused(`Task ${task} has asked nothing; task ${question.task} asks: ${question.text}`);
}
