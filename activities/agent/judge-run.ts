/** What an agent's run amounts to: its answer if it gave one, else what can be said without guessing. */
import type { AgentResult, Usage } from '../../domain/model/agent-result.ts';
import { type ReadAnswer, capBytes, readAnswer, readAnswerText } from '../../domain/agents/result.schema.ts';
import { type Role, isJudge } from '../../domain/model/project.ts';
import { endOf, plainOutput } from '../support/output.ts';
import type { ResultFile } from './exchange.ts';
import type { EngineRun } from './port.ts';

export interface JudgedRun {
  readonly result: AgentResult;
  readonly usage: Usage | null;
}

export function judgeRun(role: Role, engine: string, run: EngineRun, file: ResultFile): JudgedRun {
  const who = `The ${role} (${engine})`;
  const answer = readGiven(role, who, run, file);
  const isAnswer = answer !== undefined && answer.result.kind !== 'unusable';
  // Its deadline counts only without a complete answer.
  if (run.ended === 'timed_out' && !isAnswer)
    return { result: { kind: 'timed_out', message: `${who} ${run.detail}.` }, usage: run.usage };
  if (run.unavailable !== undefined && !isAnswer) {
    const message = capBytes(`${who} ${run.detail}.`, 2_000);
    return { result: { kind: 'unavailable', ...run.unavailable, message }, usage: run.usage };
  }
  if (answer !== undefined) return { result: answer.result, usage: answer.usage ?? run.usage };
  return { result: withoutAnswer(role, who, run), usage: run.usage };
}

function readGiven(role: Role, who: string, run: EngineRun, file: ResultFile): ReadAnswer | undefined {
  switch (file.kind) {
    case 'text':
      return readAnswerText(role, file.text);
    case 'unreadable':
      return {
        result: unusable('InvalidAgentResult', `${who} left ${file.why} as its result file.`),
        usage: null,
      };
    case 'absent':
      return run.structured === undefined ? undefined : readAnswer(role, run.structured);
  }
}

function withoutAnswer(role: Role, who: string, run: EngineRun): AgentResult {
  if (run.ended === 'failed') {
    const tail = endOf(plainOutput(run.tail).trim(), 2_000);
    return unusable(
      'AgentFailed',
      `${who} ${run.detail}, without a result.${tail === '' ? '' : ` Its last output:\n${tail}`}`,
    );
  }
  if (isJudge(role) || role === 'breakdown') {
    return unusable(
      'InvalidAgentResult',
      `${who} ${run.detail} without writing its result; ${isJudge(role) ? 'a decision' : 'a plan'} is never read from what it prints.`,
    );
  }
  const summary = run.summary === '' ? 'The agent ended without a summary.' : run.summary;
  return { kind: 'maker', outcome: 'done', summary: capBytes(summary, 6_000), noop: false, question: null };
}

const unusable = (type: 'InvalidAgentResult' | 'AgentFailed', message: string): AgentResult => ({
  kind: 'unusable',
  type,
  message: capBytes(message, 8_000),
});
