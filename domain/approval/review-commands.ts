/**
 * What people say on a pull request, and what it comes to at a gate. A review counts while it is its reviewer's last word; a
 * comment counts when it is a command. Pure: who may decide, and what is turned away with which reason.
 */
import { sameLogin } from '../names/logins.ts';
import type { ReviewCommand } from '../model/pull-request.ts';
import type { FailureCode } from '../failure.ts';
import type { Answer, Gate } from './gate.ts';
import type { Comment, ReviewComment } from '../code-host/comments.ts';
import { effectiveReviews, type Review } from '../code-host/reviews.ts';
import { capText } from '../text/truncate.ts';
import { escapeControls } from '../text/escape.ts';

/** As far as it matters here. */
export type LineComment = Pick<ReviewComment, 'author' | 'path' | 'line' | 'commit' | 'body' | 'outdated'>;

export interface Conversation {
  readonly headSha: string;
  /** The login that we act as: our own words decide nothing. */
  readonly own: string;
  /** Oldest first. */
  readonly reviews: readonly Review[];
  readonly comments: readonly Comment[];
  readonly lines: readonly LineComment[];
}

/** Who may push is asked of the host later, only for those who said something. */
export type UnverifiedCommand = Omit<ReviewCommand, 'mayWrite'>;

export const maxCommands = 50;
/** Nobody's comments crowd out what others say. */
export const maxCommandsOfOne = 10;
export const maxText = 16_000;
/** All words together: they travel through history. */
export const maxTexts = 120_000;
const maxOldText = 200;
/** What `capText` adds to say that it cut. */
const maxCutMark = 50;

/** Every review that stands and every command, oldest first; the newest are kept. */
export function reviewCommands(conversation: Conversation): readonly UnverifiedCommand[] {
  const { headSha, own, reviews, comments } = conversation;
  const byReview = effectiveReviews(reviews, headSha).map(
    ({ id, author, bot, state, commit, body, submittedAt }) => ({
      at: Date.parse(submittedAt),
      word: {
        id: `review-${id}`,
        kind: state === 'APPROVED' ? ('approve' as const) : ('reject' as const),
        by: author,
        program: bot || sameLogin(author, own),
        headSha: commit,
        comment: null,
        edited: false,
        text: withLines(body, author, commit, conversation),
      },
    }),
  );
  const byComment = comments.flatMap(({ id, author, bot, body, createdAt, updatedAt }) => {
    const command = parseCommand(body);
    if (command === undefined) return [];
    const word = {
      id: `comment-${id}`,
      kind: command.kind,
      by: author,
      program: bot || sameLogin(author, own),
      headSha: null,
      comment: id,
      edited: Date.parse(updatedAt) > Date.parse(createdAt),
      text: withLines(command.text, author, headSha, conversation),
    };
    return [{ at: Date.parse(createdAt), word }];
  });
  const words = [...byReview, ...byComment].sort((a, b) => a.at - b.at).map(({ word }) => word);
  return bounded(newest(words));
}

function newest(words: readonly UnverifiedCommand[]): readonly UnverifiedCommand[] {
  const perPerson = new Map<string, number>();
  const kept = words.toReversed().filter(({ by }) => {
    const login = by.toLowerCase();
    const nth = (perPerson.get(login) ?? 0) + 1;
    perPerson.set(login, nth);
    return nth <= maxCommandsOfOne;
  });
  return kept.slice(0, maxCommands).reverse();
}

/** Those texts whole that fit, newest first; of the rest a line, so that nothing vanishes. Nor is a program's word read whole. */
function bounded(words: readonly UnverifiedCommand[]): readonly UnverifiedCommand[] {
  let room = maxTexts;
  const kept = words.toReversed().map((word, index) => {
    const older = (words.length - 1 - index) * (maxOldText + maxCutMark);
    const whole = capText(word.text, word.program ? maxOldText : maxText - maxCutMark);
    const text = whole.length <= room - older ? whole : capText(word.text, maxOldText);
    room -= text.length;
    return { ...word, text };
  });
  return kept.reverse();
}

/** What the same person wrote on lines that still stand at this commit belongs to what was said. */
function withLines(
  said: string,
  author: string,
  commit: string,
  { lines }: Pick<Conversation, 'lines'>,
): string {
  const theirs = lines
    .filter((line) => sameLogin(line.author, author) && line.commit === commit && !line.outdated)
    .map(
      ({ path, line, body }) =>
        `- ${escapeControls(path)}${line === null ? '' : `, line ${line}`}: ${body.trim()}`,
    );
  return [said.trim(), theirs.join('\n')].filter((part) => part !== '').join('\n\n');
}

/** `/approve`, `/reject why` or `/retry why` at the start of a comment; what follows is why. Undefined: just talk. */
export function parseCommand(
  body: string,
): { readonly kind: ReviewCommand['kind']; readonly text: string } | undefined {
  const [, name, text = ''] =
    /^\s*\/(approve|reject|retry)(?![\p{L}\p{M}\p{N}_/-])([\s\S]*)$/iu.exec(body) ?? [];
  if (name === undefined) return undefined;
  return { kind: name.toLowerCase() as ReviewCommand['kind'], text: text.replace(/^[\s:,.-]+/, '').trim() };
}

/** Turned away, and why. */
interface Refused {
  readonly kind: 'refused';
  readonly code: FailureCode;
  readonly reason: string;
}

export type CommandAnswer =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | Refused
  /** Said before the question, or not about it. */
  | { readonly kind: 'past' };

const refused = (code: FailureCode, reason: string): Refused => ({ kind: 'refused', code, reason });

/**
 * What a word comes to at an open gate. `lastComment`: the highest comment when the question was asked. Whether it is the
 * first, and from a named approver, is the gate's own rule.
 */
export function answerAtGate(word: ReviewCommand, gate: Gate, lastComment: number): CommandAnswer {
  if (word.comment !== null && word.comment <= lastComment) return { kind: 'past' };
  const turnedAway = turnAway(word, gate.approvers);
  if (turnedAway !== undefined) return turnedAway;
  if (word.kind === 'retry')
    return refused('NotWaiting', `'/retry' by ${word.by}: nothing has failed, a decision is awaited.`);
  if (word.headSha !== null && gate.headSha !== null && word.headSha !== gate.headSha) {
    return refused(
      'StaleHead',
      `The review of ${word.by} is of ${word.headSha.slice(0, 10)}, but ${gate.headSha.slice(0, 10)} is what is asked about. Review the new commits.`,
    );
  }
  return {
    kind: 'answer',
    answer: {
      action: word.kind,
      commandId: word.id,
      gateId: gate.id,
      headSha: word.headSha,
      by: word.by,
      phase: null,
      provenLogin: word.by,
      from: 'pull-request',
      comment: word.text,
    },
  };
}

/** `/retry` after a failure: the feedback, or why it doesn't count. */
export function retryAfterFailure(
  word: ReviewCommand,
  approvers: readonly string[],
  lastComment: number,
):
  | { readonly kind: 'retry'; readonly by: string; readonly feedback: string | null }
  | Exclude<CommandAnswer, { kind: 'answer' }> {
  if (word.kind !== 'retry' || word.comment === null || word.comment <= lastComment) return { kind: 'past' };
  const turnedAway = turnAway(word, approvers);
  if (turnedAway !== undefined) return turnedAway;
  return { kind: 'retry', by: word.by, feedback: word.text === '' ? null : word.text };
}

function turnAway(
  { by, program, edited, mayWrite, kind }: ReviewCommand,
  approvers: readonly string[],
): Refused | undefined {
  if (program) return refused('NotAnApprover', `${by} is a program: its '${kind}' decides nothing.`);
  if (edited)
    return refused(
      'InvalidMessage',
      `The comment of ${by} was edited, and others than its author may do that: write '/${kind}' in a new one.`,
    );
  if (approvers.length > 0) {
    return approvers.some((approver) => sameLogin(approver, by))
      ? undefined
      : refused('NotAnApprover', `${by} is not among the approvers: ${approvers.join(', ')}.`);
  }
  return mayWrite
    ? undefined
    : refused('NotAnApprover', `${by} may not push to the repository, so the '${kind}' decides nothing.`);
}
