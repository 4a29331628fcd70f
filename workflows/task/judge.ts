/** A judge reads exactly the candidate. A maker may stand by it once; the second no to the same tree is a question to a person. */
import { explain } from '../../domain/failure.ts';
import type { Answer } from '../../domain/model/agent-result.ts';
import type { Role } from '../../domain/model/project.ts';
import { decision, type WorkOutcome } from '../flow/walk.ts';
import { runAgent } from './run-agent.ts';
import { addFeedback, type PlannedTask, setStatus } from './state.ts';

export async function judge(
  run: PlannedTask,
  role: Role,
  awaitAnswer: (run: PlannedTask) => Promise<void>,
): Promise<WorkOutcome> {
  const { state } = run;
  setStatus(run, 'provisional', `attempt ${state.attempt}: the ${role} judges`);
  const result = await runAgent(run, role);
  const accepted = result.kind === 'judge' && result.decision === 'accept';
  if (accepted) return decision('accept');

  state.nextStartSha = state.candidate?.sha ?? null;
  const comments = result.kind === 'judge' ? result.comments.join('\n') : '';
  if (result.kind !== 'judge') {
    // A judge that gives no usable decision has not accepted: never a guess.
    addFeedback(
      run,
      'the orchestrator',
      `The ${role} gave no usable decision on this attempt. ${problemOf(result)}`,
    );
    return decision('reject');
  }
  addFeedback(run, `the ${role}`, comments === '' ? 'Rejected without a reason.' : comments);
  if (countRejection(run) >= 2) {
    state.question = `The ${role} rejected the same change twice ("${comments}"), and its maker stands by it ("${state.summary}"). Who is right, and what should be done?`;
    await awaitAnswer(run);
    state.rejected = null;
  }
  return decision('reject');
}

/** How often this tree has been rejected in a row. */
function countRejection({ state }: PlannedTask): number {
  const { candidate, rejected } = state;
  if (candidate === null) return 0;
  const times = rejected?.candidate.tree === candidate.tree ? rejected.times + 1 : 1;
  state.rejected = { candidate, times };
  return times;
}

const problemOf = (result: Answer): string =>
  result.kind === 'unusable'
    ? explain(result.type, result.message)
    : result.kind === 'timed_out'
      ? result.message
      : explain('InvalidAgentResult', 'not a decision.');
