/**
 * Guards for what our own workflows tell each other by signal. Anyone who may send signals can send these names too, so a
 * report that is not shaped like one is refused like a person's message, before it can break what it would be shown in.
 * Fields we don't know are let through: a newer worker may have sent them.
 */
import { roles } from '../model/project.ts';
import { phaseStatuses } from '../model/status.ts';

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === 'string';
const count: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
/** Epoch milliseconds that a Date can hold. */
const time: Check = (value) => Number.isFinite(value) && Math.abs(value as number) <= 8.64e15;
const flag: Check = (value) => typeof value === 'boolean';
const oneOf =
  (...names: readonly unknown[]): Check =>
  (value) =>
    names.includes(value);
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const list =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const shape =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(fields).every(([key, check]) => check((value as Readonly<Record<string, unknown>>)[key]));

const absentOr =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);

const gate = shape({
  id: text,
  question: text,
  headSha: orNull(text),
  baseSha: orNull(text),
  checks: list(shape({ command: text, passed: flag })),
  resolved: absentOr(
    list(shape({ path: text, kind: text, ended: oneOf('ours', 'theirs', 'edited', 'deleted') })),
  ),
  sensitive: absentOr(shape({ files: list(text), more: flag })),
  approvers: list(text),
  openedAt: time,
  remindAt: time,
  expireAt: time,
});
const decision = shape({
  gateId: text,
  action: oneOf('approve', 'reject'),
  by: text,
  at: time,
  from: text,
  comment: text,
  headSha: orNull(text),
  commandId: orNull(text),
  carried: absentOr(shape({ headSha: text, baseSha: text })),
});
const feedback = list(shape({ from: text, text }));
const receipts = list(
  shape({
    id: text,
    from: text,
    text,
    at: time,
    state: oneOf('waiting', 'inbox', 'prompt', 'read'),
    attempt: orNull(count),
  }),
);
const earlier = shape({
  attempts: count,
  feedback,
  candidate: orNull(shape({ sha: text, onSha: text })),
  messages: absentOr(receipts),
});
const definition = shape({
  number: count,
  title: text,
  description: text,
  acceptance: list(text),
  role: oneOf(...roles),
  dependsOn: list(count),
  priority: Number.isFinite,
});
const task = shape({
  number: count,
  title: text,
  status: oneOf('incoming', 'done', 'failed', 'cancelled'),
  reason: orNull(text),
  message: text,
  attempts: count,
  commit: orNull(text),
  noop: flag,
  earlier: absentOr(earlier),
});

const conflicted = list(shape({ path: text, kind: text, says: text, others: list(text) }));

const refusals = list(shape({ commandId: text, name: text, refusal: shape({ code: text, message: text }) }));

const shapes = {
  phaseReported: shape({
    run: text,
    sequence: count,
    phase: count,
    tasks: list(task),
    added: list(definition),
    words: feedback,
    merge: orNull(shape({ parentSha: text, startSha: text, files: conflicted })),
    baseSha: text,
    status: oneOf(...phaseStatuses),
    gate: orNull(gate),
    decisions: list(decision),
    refusals,
    pullRequest: orNull(shape({ number: count, url: text, state: oneOf('open', 'merged', 'closed') })),
    headSha: orNull(text),
    heldUp: orNull(text),
    question: orNull(shape({ task: count, text })),
  }),
  taskReported: shape({
    run: text,
    sequence: count,
    task: count,
    question: orNull(text),
    earlier: orNull(earlier),
    refusals,
  }),
  parentTold: shape({ run: text, sequence: count, name: text, payload: shape({}) }),
  codeHostChanged: shape({ repository: text, number: orNull(count), again: absentOr(flag) }),
} as const satisfies Readonly<Record<string, Check>>;

export type ReportName = keyof typeof shapes;

/** Undefined: it is a report. Otherwise the sentence to refuse it with. */
export function reportProblem(name: ReportName, payload: unknown): string | undefined {
  if (shapes[name](payload)) return undefined;
  return `'${name}' is what Phasewright's own programs tell its workflows, and this was no such report; nothing was done.`;
}
