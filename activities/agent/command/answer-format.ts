/** How an agent is told to answer: in words, and as a JSON schema. What is read is in domain/agents/result.schema.ts. */
import { type Role, isJudge } from '../../../domain/model/project.ts';
import type { AgentJob } from '../port.ts';

const examples = {
  judge: '{"decision": "accept" | "reject", "comments": ["what must change, one point each"]}',
  breakdown: '{"tasks": [{"title": "…", "description": "…", "acceptance": ["…"]}]}',
  maker:
    '{"outcome": "done" | "blocked" | "failed", "summary": "what you changed and why", "noop": true only if nothing needed changing, "resolved": ["conflicted files that are right as they stand"], "question": "only when blocked"}',
};
const kindOf = (role: Role): keyof typeof examples =>
  isJudge(role) ? 'judge' : role === 'breakdown' ? 'breakdown' : 'maker';

export function answerInstructions(job: Pick<AgentJob, 'role' | 'resultFile' | 'inboxDir'>): string {
  return [
    `When you are finished, write your answer as JSON to the file ${job.resultFile} (outside the repository; never commit it).`,
    `Its form, with no other keys: ${examples[kindOf(job.role)]}`,
    ...(job.inboxDir === null
      ? []
      : [
          `Messages from people may appear as files in ${job.inboxDir}: look there now and then, and move each one you have read into its folder read/.`,
        ]),
  ].join('\n');
}

export function answerJsonSchema(role: Role): Readonly<Record<string, unknown>> {
  const texts = { type: 'array', items: { type: 'string' } };
  const object = (properties: Record<string, unknown>, required: readonly string[]) => ({
    type: 'object',
    properties,
    required,
    additionalProperties: false,
  });
  switch (kindOf(role)) {
    case 'judge':
      return object({ decision: { enum: ['accept', 'reject'] }, comments: texts }, ['decision', 'comments']);
    case 'breakdown': {
      const task = object({ title: { type: 'string' }, description: { type: 'string' }, acceptance: texts }, [
        'title',
      ]);
      return object({ tasks: { type: 'array', minItems: 1, items: task } }, ['tasks']);
    }
    case 'maker':
      return object(
        {
          outcome: { enum: ['done', 'blocked', 'failed'] },
          summary: { type: 'string' },
          noop: { type: 'boolean' },
          resolved: texts,
          question: { type: 'string' },
        },
        ['outcome', 'summary'],
      );
  }
}
