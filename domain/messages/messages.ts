/**
 * What people send to a running project, and the guards that judge it. Signals take anything (nothing, a string, an
 * object); a guard turns it into a typed message or into problems in sentences. Hand-written: zod stays out of workflows.
 */
import type { PersonMessage } from '../model/briefing.ts';
import type { ApprovalPolicy } from '../model/project.ts';
import type { Answer, GateAction, Refusal, Source } from '../approval/gate.ts';
import { shorten } from '../text/truncate.ts';
import { undecodableReason } from './undecodable.ts';

export interface ApproveMessage {
  readonly commandId?: string;
  readonly gateId?: string;
  readonly phase?: number;
  readonly headSha?: string;
  readonly by?: string;
  readonly comment?: string;
  readonly from?: Source;
}
export type RejectMessage = ApproveMessage & { readonly comment: string };
export interface RetryMessage {
  readonly commandId?: string;
  readonly phase?: number;
  readonly feedback?: string;
  /** Unfinished work starts at the branch's head instead of at its last candidate. */
  readonly fresh?: boolean;
  /** The branch that stands for base from now on. */
  readonly base?: string;
  readonly by?: string;
}
export interface PauseMessage {
  readonly commandId?: string;
  readonly by?: string;
  readonly reason?: string;
}
export interface AmendMessage {
  readonly commandId?: string;
  readonly by?: string;
  /** Phases that have not started: their tasks as in a project file, or `skip`. */
  readonly phases?: readonly {
    readonly phase: number;
    readonly tasks?: readonly unknown[];
    readonly skip?: boolean;
    readonly branch?: string;
  }[];
  /** What approvals do when base moves, for phases that have not started and for the last merge. */
  readonly carry?: ApprovalPolicy['carry'];
}
export interface AnswerMessage {
  readonly commandId?: string;
  readonly by?: string;
  readonly text: string;
  /** On a project: the number of the task that asked; default: the one that waits. */
  readonly task?: number;
}
export interface TextMessage {
  readonly commandId?: string;
  readonly from?: string;
  readonly text: string;
}
export interface ExtendBudgetMessage {
  readonly commandId?: string;
  readonly by?: string;
  readonly usd?: number;
  readonly tokens?: number;
}

export type Guarded<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: string };

type FieldKind = 'string' | 'text' | 'number' | 'count' | 'sha' | 'array' | 'source' | 'flag' | 'carry';
interface Field {
  readonly kind: FieldKind;
  readonly required?: boolean;
}

const sources: readonly Source[] = ['cli', 'web-ui', 'pull-request', 'chat', 'api'];
const MAX_TEXT = 16_384;
/** Named in a refusal, which is kept in the workflow's state. */
const MAX_UNKNOWN = 5;

const common = { commandId: { kind: 'string' }, by: { kind: 'string' } } as const;
const answerFields = {
  ...common,
  gateId: { kind: 'string' },
  phase: { kind: 'count' },
  headSha: { kind: 'sha' },
  comment: { kind: 'text' },
  from: { kind: 'source' },
} as const;

export const messageFields = {
  approve: answerFields,
  reject: { ...answerFields, comment: { kind: 'text', required: true } },
  retry: {
    ...common,
    phase: { kind: 'count' },
    feedback: { kind: 'text' },
    fresh: { kind: 'flag' },
    base: { kind: 'text' },
  },
  pause: { ...common, reason: { kind: 'text' } },
  resume: { ...common, reason: { kind: 'text' } },
  amend: { ...common, phases: { kind: 'array' }, carry: { kind: 'carry' } },
  answer: { ...common, text: { kind: 'text', required: true }, task: { kind: 'count' } },
  message: { ...common, from: { kind: 'string' }, text: { kind: 'text', required: true } },
  extendBudget: { ...common, usd: { kind: 'number' }, tokens: { kind: 'number' } },
} as const satisfies Record<string, Record<string, Field>>;
export type MessageName = keyof typeof messageFields;

/** What a message takes, on one line: `{ by?, text }`. */
export function shapeOf(name: MessageName): string {
  const fields: Record<string, Field> = messageFields[name];
  return `{ ${Object.entries(fields)
    .map(([key, field]) => (field.required ? key : `${key}?`))
    .join(', ')} }`;
}

/** Judges one payload. Names every problem at once. */
export function guard<T>(name: MessageName, payload: unknown): Guarded<T> {
  const fields: Record<string, Field> = messageFields[name];
  const shape = shapeOf(name);
  if (payload === undefined || payload === null)
    return no(`'${name}' came without input; send at least {}. It takes ${shape}.`);
  const unreadable = undecodableReason(payload);
  if (unreadable !== undefined)
    return no(
      `'${name}' came with input that can't be read (${printable(unreadable)}); send JSON. It takes ${shape}.`,
    );
  if (typeof payload !== 'object' || Array.isArray(payload) || ArrayBuffer.isView(payload))
    return no(`'${name}' takes an object ${shape}, not ${kindOf(payload)}.`);
  const problems: string[] = [];
  const unknown = Object.keys(payload).filter((key) => !Object.hasOwn(fields, key));
  for (const key of unknown.slice(0, MAX_UNKNOWN))
    problems.push(`'${printable(key)}' is not a field of '${name}'`);
  if (unknown.length > MAX_UNKNOWN) problems.push(`nor are ${unknown.length - MAX_UNKNOWN} more`);
  for (const [key, field] of Object.entries(fields)) {
    const value = (payload as Record<string, unknown>)[key];
    if (value === undefined || value === null) {
      if (field.required === true) problems.push(`'${key}' is missing`);
      continue;
    }
    const problem = fieldProblem(field.kind, value);
    if (problem !== undefined) problems.push(`'${key}' ${problem}`);
    else if (field.required === true && typeof value === 'string' && value.trim() === '')
      problems.push(`'${key}' is empty`);
  }
  if (problems.length > 0) return no(`'${name}': ${problems.join('; ')}. It takes ${shape}.`);
  const clean = Object.fromEntries(Object.entries(payload).filter(([, value]) => value !== null));
  return { ok: true, value: clean as T };
}

function fieldProblem(kind: FieldKind, value: unknown): string | undefined {
  switch (kind) {
    case 'string':
      return typeof value === 'string' && value.length <= 200
        ? undefined
        : 'must be a string of at most 200 characters';
    case 'text':
      return typeof value === 'string' && value.length <= MAX_TEXT
        ? undefined
        : `must be a string of at most ${MAX_TEXT} characters`;
    case 'number':
      return typeof value === 'number' && Number.isFinite(value) && value > 0
        ? undefined
        : 'must be a number above 0';
    case 'count':
      return typeof value === 'number' && Number.isInteger(value) && value > 0
        ? undefined
        : 'must be a whole number from 1';
    case 'sha':
      return typeof value === 'string' && /^[0-9a-f]{7,64}$/i.test(value)
        ? undefined
        : 'must be a commit SHA (7 to 64 hex digits)';
    case 'flag':
      return typeof value === 'boolean' ? undefined : 'must be true or false';
    case 'array':
      return Array.isArray(value) ? undefined : 'must be a list';
    case 'carry':
      return value === 'patches' || value === 'never' ? undefined : 'must be patches or never';
    case 'source':
      return sources.includes(value as Source) ? undefined : `must be one of ${sources.join(', ')}`;
  }
}

/** A guarded approve or reject as an answer to a gate. A message proves nobody's identity: only a look at the code host does. */
export function toAnswer(
  action: GateAction,
  message: ApproveMessage,
  fallback: { readonly commandId: string | null; readonly from: Source },
): Answer {
  return {
    action,
    commandId: message.commandId ?? fallback.commandId,
    gateId: message.gateId ?? null,
    phase: message.phase ?? null,
    headSha: message.headSha ?? null,
    by: message.by ?? 'someone',
    provenLogin: null,
    from: message.from ?? fallback.from,
    comment: message.comment ?? '',
  };
}

export interface Receipt {
  readonly id: string;
  readonly from: string;
  readonly text: string;
  readonly at: number;
  /** waiting: no agent yet · inbox: in a running agent's inbox · prompt: in an attempt's prompt · read: taken by the agent */
  readonly state: 'waiting' | 'inbox' | 'prompt' | 'read';
  readonly attempt: number | null;
}

/** What no agent has seen. */
export const unread = (receipts: readonly Receipt[]): readonly Receipt[] =>
  receipts.filter(({ state }) => state === 'waiting' || state === 'inbox');

export const asPersonMessage = ({ id, from, text }: Receipt): PersonMessage => ({ id, from, text });

/** What was turned away, kept (bounded) in `status.refused`. */
export interface RefusedMessage {
  readonly message: string;
  readonly code: string;
  readonly reason: string;
  readonly at: number;
}

/** A forwarded command that its child turned away, by the id it was forwarded under. */
export interface RefusedCommand {
  readonly commandId: string;
  readonly name: string;
  readonly refusal: Refusal;
}

/** A sentence of ours may quote what somebody sent. */
export const shortReason = (message: string): string => shorten(message, 1_000);

/** As it is kept and shown: short, whatever was sent. */
export const refusedMessage = (name: string, { code, message }: Refusal, at: number): RefusedMessage => ({
  message: shorten(name, 100),
  code: shorten(code, 100),
  reason: shortReason(message),
  at,
});

/** Of JSON in one list that people fill: several such lists are in a status, and in what a project carries along. */
const MAX_KEPT_LENGTH = 128 * 1024;

/** Keeps the newest entries of a list, as many as `limit` and their size allow; the last one always. */
export function keepLast<T>(list: readonly T[], item: T, limit: number): T[] {
  const all = [...list, item].slice(-limit);
  let room = MAX_KEPT_LENGTH;
  const first = all.findLastIndex((each) => {
    room -= JSON.stringify(each).length;
    return room < 0;
  });
  return first === -1 ? all : all.slice(Math.min(first + 1, all.length - 1));
}

const kindOf = (value: unknown): string =>
  Array.isArray(value)
    ? 'a list'
    : ArrayBuffer.isView(value)
      ? 'bytes'
      : `${typeof value === 'object' ? 'an' : 'a'} ${typeof value}`;
/** What somebody wrote, short and without control characters. */
export const printable = (text: string): string => JSON.stringify(text.slice(0, 60)).slice(1, -1);
const no = (problem: string): { readonly ok: false; readonly problem: string } => ({ ok: false, problem });
