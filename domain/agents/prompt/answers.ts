/** The last section of a prompt: how to answer. What is accepted is in agent-result.schema.ts; a test compares. */
import { isJudge, type Role } from '../../model/project.ts';
import { hearsPeople, makerRoles } from '../../model/role.ts';

const file =
  '`$PHASEWRIGHT_RESULT_FILE` (an environment variable holds the path; it lies outside the worktree)';

/** JSON examples per kind of role, as they may stand in a result file. */
export const answerExamples = {
  maker: [
    '{"outcome": "done", "summary": "What you changed and how you tested it."}',
    '{"outcome": "done", "noop": true, "summary": "Why nothing needed to change."}',
    '{"outcome": "blocked", "summary": "What is done so far.", "question": "What you need to know from a person."}',
    '{"outcome": "failed", "summary": "Why it cannot be done."}',
  ],
  judge: [
    '{"decision": "accept", "comments": []}',
    '{"decision": "reject", "comments": ["src/table.ts: the second acceptance criterion is not met, because …"]}',
  ],
  breakdown: [
    '{"tasks": [{"title": "Add the table", "description": "…", "acceptance": ["…"], "role": "implementer", "depends_on": [], "priority": 0}]}',
  ],
} as const;

export function answerSection(role: Role): string {
  return [
    '# Your Answer',
    '',
    ...(isJudge(role) ? judge : role === 'breakdown' ? breakdown : maker),
    ...(hearsPeople(role) ? ['', ...inbox] : []),
  ].join('\n');
}

const fenced = (examples: readonly string[]): readonly string[] => ['```json', ...examples, '```'];

const maker = [
  `When you are finished, write your result as one JSON object to ${file}. One of:`,
  ...fenced(answerExamples.maker),
  '- `done`: the task is complete and committed. If nothing needed to change, say so with `noop`; an empty change without it is rejected.',
  '- Where a merge left a conflict without markers and a file is right as it stands, name it: `"resolved": ["path"]`.',
  '- `blocked`: you cannot go on without an answer. Ask one clear question; your work so far is kept.',
  '- `failed`: it cannot be done. Say why.',
  '- You may add `"usage": {"input_tokens": 0, "output_tokens": 0, "cost_usd": null}` if you know it. Any other field or value is an error.',
];

const judge = [
  `Write your decision as one JSON object to ${file}. One of:`,
  ...fenced(answerExamples.judge),
  '- A rejection says in `comments` what must change, one point each, so that the next attempt can act on it without asking.',
  '- Only the file counts: a decision in your text is not read. Any other field or decision is an error.',
];

const breakdown = [
  `Write the tasks as one JSON object to ${file}:`,
  ...fenced(answerExamples.breakdown),
  '- `title` (required): one line, unique in the phase. `description`: what an agent needs to know. `acceptance`: what must be true when it is done.',
  `- \`role\`: ${makerRoles.join(', ')}. \`depends_on\`: titles or numbers (counting from 1) of earlier tasks. \`priority\`: a whole number; higher runs first.`,
  '- Any other field is an error.',
];

const inbox = [
  'Messages from people may arrive while you work, as files in `$PHASEWRIGHT_INBOX_DIR`: look there between steps, and move each one you have read into its folder `read/`.',
];
