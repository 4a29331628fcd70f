/**
 * Reads what an agent answered. Strict: a field that its role does not have, a missing one, or an unknown decision ends
 * the attempt by name; nothing is guessed. What is accepted is small enough for a workflow's history.
 */
import { z } from 'zod';
import type { AgentResult, UnusableResult, Usage } from '../model/agent-result.ts';
import { strict, toFindings } from '../yaml/issues.schema.ts';
import { pathText } from '../yaml/problem.ts';
import { type Role, isJudge } from '../model/project.ts';
import { endSentence } from '../text/sentence.ts';

/** Of an answer's JSON text; a longer one is refused unread. */
export const maxAnswerBytes = 256 * 1024;
/** Of a result as it goes into history, in bytes of JSON; a breakdown's tasks may be four times as large. */
export const maxResultBytes = 16 * 1024;
const maxTextBytes = 6 * 1024;
const maxCommentBytes = 4 * 1024;
const maxCommentsBytes = 14 * 1024;
const maxPathsBytes = 3 * 1024;

export interface ReadAnswer {
  readonly result: AgentResult;
  /** What the agent said it used; null if it didn't. */
  readonly usage: Usage | null;
}

const count = z
  .int({ error: 'Write a whole number of tokens.' })
  .min(0, { error: 'Tokens cannot be negative.' });
const usage = strict({
  input_tokens: count,
  output_tokens: count,
  cost_usd: z
    .number({ error: 'Write a number of dollars.' })
    .min(0, { error: 'A cost cannot be negative.' })
    .nullish(),
}).nullish();
const words = (field: string) =>
  z.string({
    error: (issue) => (issue.input === undefined ? `'${field}' is missing.` : `'${field}' must be text.`),
  });

const outcomes = ['done', 'blocked', 'failed'] as const;
const decisions = ['accept', 'reject'] as const;

const maker = strict({
  outcome: z.enum(outcomes),
  summary: words('summary'),
  noop: z.boolean({ error: `'noop' must be true or false.` }).nullish(),
  resolved: z.array(words('resolved'), { error: `'resolved' must be a list of paths.` }).nullish(),
  question: words('question').nullish(),
  usage,
}).superRefine((answer, context) => {
  if (answer.outcome === 'blocked' && (answer.question ?? '').trim() === '') {
    context.addIssue({
      code: 'custom',
      path: ['question'],
      message: `A blocked agent must ask something: 'question' is missing.`,
    });
  }
});
const judge = strict({
  decision: z.enum(decisions),
  comments: z.array(words('comments'), { error: `'comments' must be a list of texts.` }).default([]),
  usage,
}).superRefine((answer, context) => {
  if (answer.decision === 'reject' && !answer.comments.some((comment) => comment.trim() !== '')) {
    context.addIssue({
      code: 'custom',
      path: ['comments'],
      message: 'A rejection needs at least one comment, or the next attempt would not know what to change.',
    });
  }
});
const breakdown = strict({
  tasks: z.array(z.unknown(), { error: `'tasks' must be a list.` }).min(1, { error: `'tasks' is empty.` }),
  usage,
});

/** The answer as text: the content of a result file. */
export function readAnswerText(role: Role, text: string): ReadAnswer {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    return unusable(
      role,
      'InvalidAgentResult',
      `that is not JSON (${(error as Error).message.slice(0, 200)})`,
    );
  }
  return readAnswer(role, value);
}

/** The answer as a value, parsed already. */
export function readAnswer(role: Role, value: unknown): ReadAnswer {
  const [field, known] = isJudge(role)
    ? (['decision', decisions] as const)
    : (['outcome', outcomes] as const);
  const word =
    typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[field] : undefined;
  if (role !== 'breakdown' && typeof word === 'string' && !known.some((name) => name === word)) {
    return unusable(
      role,
      'UnknownDecision',
      `the ${field} '${word.slice(0, 100)}'; this role's are ${known.join(', ')}`,
    );
  }
  if (role === 'breakdown') return read(breakdown, role, value, ({ tasks }) => sized(role, tasks));
  if (isJudge(role)) {
    return read(judge, role, value, (answer) => ({
      kind: 'judge',
      decision: answer.decision,
      comments: capList(answer.comments.filter((comment) => comment.trim() !== '')),
    }));
  }
  return read(maker, role, value, (answer) => ({
    kind: 'maker',
    outcome: answer.outcome,
    summary: capBytes(answer.summary, maxTextBytes),
    noop: answer.noop ?? false,
    ...(answer.resolved == null ? {} : { resolved: firstPaths(answer.resolved) }),
    question: answer.question == null ? null : capBytes(answer.question, maxTextBytes),
  }));
}

function read<Answer extends { readonly usage?: z.infer<typeof usage> }>(
  schema: z.ZodType<Answer>,
  role: Role,
  value: unknown,
  toResult: (answer: Answer) => AgentResult,
): ReadAnswer {
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const problems = toFindings(parsed.error.issues).map(({ path, message }) =>
      path.length === 0 ? message : `${pathText(path)}: ${message}`,
    );
    return unusable(role, 'InvalidAgentResult', capBytes(problems.slice(0, 10).join(' '), 2000));
  }
  const used = parsed.data.usage;
  return {
    result: toResult(parsed.data),
    usage:
      used == null
        ? null
        : {
            inputTokens: used.input_tokens,
            outputTokens: used.output_tokens,
            costUsd: used.cost_usd ?? null,
          },
  };
}

function sized(role: Role, tasks: readonly unknown[]): AgentResult {
  const bytes = jsonBytes(tasks);
  if (bytes <= 4 * maxResultBytes) return { kind: 'breakdown', tasks };
  return unusable(
    role,
    'InvalidAgentResult',
    `${bytes} bytes of tasks; at most ${4 * maxResultBytes} fit into the project's history`,
  ).result;
}

function unusable(
  role: Role,
  type: UnusableResult['type'],
  what: string,
): { readonly result: UnusableResult; readonly usage: null } {
  const shape = isJudge(role)
    ? '{"decision": "accept" | "reject", "comments": ["…"]}'
    : role === 'breakdown'
      ? '{"tasks": [{"title": "…"}]}'
      : '{"outcome": "done" | "blocked" | "failed", "summary": "…"}';
  return {
    result: {
      kind: 'unusable',
      type,
      message: `The ${role} answered with ${endSentence(what)} Expected: ${shape}.`,
    },
    usage: null,
  };
}

const encoder = new TextEncoder();
const jsonBytes = (value: unknown): number => encoder.encode(JSON.stringify(value)).length;

/** As much of the text as fits into `maxBytes` of JSON, never half a character; says that it was cut. */
export function capBytes(text: string, maxBytes: number): string {
  if (text.length * 6 + 2 <= maxBytes || jsonBytes(text) <= maxBytes) return text;
  const note = ' [cut here; the whole text is in the attempt’s artifacts]';
  const room = maxBytes - jsonBytes(note);
  let bytes = 2;
  let kept = '';
  for (const character of text) {
    bytes += jsonBytes(character) - 2;
    if (bytes > room) break;
    kept += character;
  }
  return kept + note;
}

/** As many as history has room for; nobody's list is that long. */
function firstPaths(paths: readonly string[]): readonly string[] {
  let bytes = 0;
  return paths.filter((path) => (bytes += jsonBytes(path) + 1) <= maxPathsBytes);
}

function capList(comments: readonly string[]): readonly string[] {
  const kept: string[] = [];
  let bytes = 0;
  for (const comment of comments) {
    const capped = capBytes(comment, maxCommentBytes);
    bytes += jsonBytes(capped) + 1;
    if (bytes > maxCommentsBytes) {
      kept.push(`[${comments.length - kept.length} more comments are in the attempt’s artifacts]`);
      break;
    }
    kept.push(capped);
  }
  return kept;
}
