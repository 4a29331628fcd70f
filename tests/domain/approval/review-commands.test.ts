import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ReviewCommand } from '../../../domain/model/pull-request.ts';
import { type Gate, openGate } from '../../../domain/approval/gate.ts';
import type { Comment } from '../../../domain/code-host/comments.ts';
import type { Review } from '../../../domain/code-host/reviews.ts';
import {
  type Conversation,
  retryAfterFailure,
  answerAtGate,
  type LineComment,
  maxText,
  maxTexts,
  maxCommands,
  maxCommandsOfOne,
  parseCommand,
  reviewCommands,
} from '../../../domain/approval/review-commands.ts';

const head = 'a'.repeat(40);
const old = 'b'.repeat(40);
let ids = 0;
const at = (second: number): string => new Date(Date.UTC(2026, 10, 21) + second * 1_000).toISOString();

const review = (author: string, state: Review['state'], change: Partial<Review> = {}): Review => {
  ids += 1;
  return { id: ids, author, bot: false, state, commit: head, body: '', submittedAt: at(ids), ...change };
};
const posted = (author: string, body: string, change: Partial<Comment> = {}): Comment => {
  ids += 1;
  return { id: ids, author, bot: false, body, createdAt: at(ids), updatedAt: at(ids), ...change };
};
const line = (author: string, body: string, change: Partial<LineComment> = {}): LineComment => ({
  author,
  path: 'shop.ts',
  line: 3,
  commit: head,
  body,
  outdated: false,
  ...change,
});
const said = (change: Partial<Conversation>) =>
  reviewCommands({ headSha: head, own: 'robin', reviews: [], comments: [], lines: [], ...change });
const brief = (change: Partial<Conversation>) => said(change).map(({ by, kind, text }) => [by, kind, text]);

describe('what people say on a pull request', () => {
  it('is the last review of each, mere comments aside', () => {
    const reviews = [
      review('pia', 'CHANGES_REQUESTED', { body: 'No.' }),
      review('quinn', 'APPROVED'),
      review('pia', 'APPROVED', { body: 'Now yes.' }),
      review('quinn', 'COMMENTED', { body: 'By the way.' }),
    ];
    expect(brief({ reviews })).toEqual([
      ['quinn', 'approve', ''],
      ['pia', 'approve', 'Now yes.'],
    ]);
  });

  it('is nothing once a review is dismissed', () => {
    const reviews = [review('pia', 'APPROVED'), review('pia', 'DISMISSED')];
    expect(said({ reviews })).toEqual([]);
  });

  it('keeps the commit that a review is of, so that an old one can be told', () => {
    const reviews = [review('pia', 'APPROVED', { commit: old })];
    expect(said({ reviews })).toMatchObject([{ headSha: old, comment: null, edited: false }]);
  });

  it('holds commands among comments, and no talk', () => {
    const comments = [
      posted('pia', 'Looks good, /approve'),
      posted('quinn', '/reject Name the unit.'),
      posted('pia', '> /approve\n\nNot yet.'),
    ];
    expect(brief({ comments })).toEqual([['quinn', 'reject', 'Name the unit.']]);
    expect(said({ comments })[0]).toMatchObject({ id: `comment-${comments[1]?.id}`, headSha: null });
  });

  it('takes along what the same person wrote on lines that still stand', () => {
    const lines = [
      line('Pia', 'In which currency?'),
      line('pia', 'Of the whole file.', { line: null, path: 'a\u001b[2Jb' }),
      line('pia', 'Gone.', { outdated: true }),
      line('pia', 'Of an old commit.', { commit: old }),
      line('quinn', 'Not theirs.'),
    ];
    const reviews = [review('pia', 'CHANGES_REQUESTED', { body: 'See below.' })];
    expect(brief({ reviews, lines })).toEqual([
      [
        'pia',
        'reject',
        'See below.\n\n- shop.ts, line 3: In which currency?\n- a\\u{1b}[2Jb: Of the whole file.',
      ],
    ]);
    const comments = [posted('pia', '/reject')];
    expect(brief({ comments, lines })[0]?.[2]).toMatch(/^- shop\.ts, line 3: In which currency\?\n/);
  });

  it('goes by time, reviews and comments together', () => {
    const comments = [posted('pia', '/reject No.')];
    const reviews = [review('quinn', 'APPROVED')];
    comments.push(posted('rosa', '/approve'));
    expect(brief({ reviews, comments }).map(([by]) => by)).toEqual(['pia', 'quinn', 'rosa']);
  });

  it('tells programs, and ourselves in any case, from people', () => {
    const reviews = [review('lint[bot]', 'APPROVED', { bot: true }), review('Robin', 'APPROVED')];
    const comments = [posted('ROBIN', '/approve'), posted('pia', '/approve')];
    expect(said({ reviews, comments }).map(({ program }) => program)).toEqual([true, true, true, false]);
  });

  it('tells a comment that was changed afterwards', () => {
    const [first, second] = said({
      comments: [
        posted('pia', '/approve', { createdAt: at(1), updatedAt: at(2) }),
        posted('pia', '/approve'),
      ],
    });
    expect([first?.edited, second?.edited]).toEqual([true, false]);
  });

  it('is not crowded out by one who says much', () => {
    const comments = [
      posted('pia', '/approve'),
      ...Array.from({ length: 200 }, () => posted(ids % 2 === 0 ? 'loud' : 'LOUD', '/reject no')),
    ];
    const words = said({ comments });
    expect(words).toHaveLength(1 + maxCommandsOfOne);
    expect(words[0]).toMatchObject({ by: 'pia', kind: 'approve' });
  });

  it('does not read whole what a program says', () => {
    const [word] = said({ comments: [posted('lint[bot]', `/reject ${'x'.repeat(9_000)}`, { bot: true })] });
    expect(word?.text.length).toBeLessThan(300);
  });

  it('keeps the newest texts whole and the beginning of the others', () => {
    const comments = Array.from({ length: 40 }, (_, n) =>
      posted(`p${n}`, `/reject ${n} ${'x'.repeat(20_000)}`),
    );
    const words = said({ comments });
    expect(words.at(-1)?.text.length).toBeGreaterThan(15_000);
    expect(words[0]?.text).toMatch(/^0 x{198}\n\[cut here: \d+ more characters\]$/);
  });
});

describe('a command in a comment', () => {
  it.each([
    ['/approve', 'approve', ''],
    ['  \n/APPROVE', 'approve', ''],
    ['/approve: fine by me', 'approve', 'fine by me'],
    ['/Reject\nName the unit.\n\nAnd the currency.', 'reject', 'Name the unit.\n\nAnd the currency.'],
    ['/reject', 'reject', ''],
    ['/retry, with the new schema', 'retry', 'with the new schema'],
    ['/approve.', 'approve', ''],
  ])('%j is one', (body, kind, text) => {
    expect(parseCommand(body)).toEqual({ kind, text });
  });

  it.each([
    '',
    'approve',
    'please /approve',
    '> /approve',
    '`/approve`',
    '/approved',
    '/approve-x',
    '/approve/x',
    '/approve_x',
    '/approver',
    '/approveé',
    '/approve\u0301',
    '/approve1',
    '//approve',
    '/ approve',
    '/rejection of what?',
    '/deploy',
    '<!-- /approve -->',
  ])('%j is none', (body) => {
    expect(parseCommand(body)).toBeUndefined();
  });
});

const gateFor = (approvers: readonly string[] = []): Gate =>
  openGate(
    { id: 'phase-1.1', question: 'Merge?', headSha: head, baseSha: null, checks: [] },
    {
      phases: 'required',
      project: 'required',
      approvers,
      remindAfterMs: 1,
      expireAfterMs: 2,
      onExpiry: 'hold',
      carry: 'patches',
    },
    0,
  );
const word = (change: Partial<ReviewCommand> = {}): ReviewCommand => ({
  id: 'review-1',
  kind: 'approve',
  by: 'pia',
  program: false,
  mayWrite: true,
  headSha: head,
  comment: null,
  edited: false,
  text: '',
  ...change,
});
const comment = (change: Partial<ReviewCommand> = {}): ReviewCommand =>
  word({ id: 'comment-9', comment: 9, headSha: null, ...change });

describe('a word at a gate', () => {
  it('answers with what was said and proves who said it', () => {
    expect(answerAtGate(word({ text: 'Fine.' }), gateFor(), 0)).toEqual({
      kind: 'answer',
      answer: {
        action: 'approve',
        commandId: 'review-1',
        gateId: 'phase-1.1',
        phase: null,
        headSha: head,
        by: 'pia',
        provenLogin: 'pia',
        from: 'pull-request',
        comment: 'Fine.',
      },
    });
    expect(answerAtGate(comment({ kind: 'reject' }), gateFor(), 8)).toMatchObject({
      kind: 'answer',
      answer: { action: 'reject', commandId: 'comment-9', headSha: null },
    });
  });

  it.each([
    ['of a program', word({ program: true }), 'NotAnApprover', /pia is a program/],
    ['of a program that is named an approver', comment({ program: true, by: 'Rosa' }), 'NotAnApprover', /./],
    ['that somebody edited', comment({ edited: true }), 'InvalidMessage', /write '\/approve' in a new one/],
    ['of somebody without the right to push', word({ mayWrite: false }), 'NotAnApprover', /may not push/],
    ['of an old commit', word({ headSha: old }), 'StaleHead', /bbbbbbbbbb, but aaaaaaaaaa is what/],
    ["that is a '/retry'", comment({ kind: 'retry' }), 'NotWaiting', /nothing has failed/],
  ])('%s is turned away', (_, given, code, reason) => {
    const gate = given.by === 'Rosa' ? gateFor(['rosa']) : gateFor();
    expect(answerAtGate(given, gate, 0)).toMatchObject({
      kind: 'refused',
      code,
      reason: expect.stringMatching(reason),
    });
  });

  it('is past when it was there before the question', () => {
    expect(answerAtGate(comment(), gateFor(), 9)).toEqual({ kind: 'past' });
    expect(answerAtGate(comment({ program: true }), gateFor(), 12)).toEqual({ kind: 'past' });
  });

  it('counts from a named approver in any case, whether or not they may push, and from nobody else', () => {
    const gate = gateFor(['Pia']);
    expect(answerAtGate(word({ by: 'PIA', mayWrite: false }), gate, 0).kind).toBe('answer');
    expect(answerAtGate(word({ by: 'quinn' }), gate, 0)).toMatchObject({
      code: 'NotAnApprover',
      reason: 'quinn is not among the approvers: Pia.',
    });
  });
});

describe('a word after a failure', () => {
  const hear = (given: ReviewCommand, approvers: readonly string[] = []) =>
    retryAfterFailure(given, approvers, 5);
  const retry = (change: Partial<ReviewCommand> = {}) => comment({ kind: 'retry', ...change });

  it('asks for another try, with or without a reason', () => {
    expect(hear(retry({ text: 'Use the new schema.' }))).toEqual({
      kind: 'retry',
      by: 'pia',
      feedback: 'Use the new schema.',
    });
    expect(hear(retry())).toMatchObject({ kind: 'retry', feedback: null });
  });

  it('is past when it came before, or asks for something else', () => {
    expect(hear(retry({ comment: 5 }))).toEqual({ kind: 'past' });
    expect(hear(comment())).toEqual({ kind: 'past' });
    expect(hear(word())).toEqual({ kind: 'past' });
  });

  it('is turned away for the same reasons as at a gate', () => {
    expect(hear(retry({ mayWrite: false }))).toMatchObject({ code: 'NotAnApprover' });
    expect(hear(retry({ program: true }))).toMatchObject({ code: 'NotAnApprover' });
    expect(hear(retry({ edited: true }))).toMatchObject({ code: 'InvalidMessage' });
    expect(hear(retry({ by: 'quinn' }), ['pia'])).toMatchObject({ code: 'NotAnApprover' });
  });
});

describe('whatever people write', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.constantFrom(
      '/approve',
      '/reject',
      '/retry x',
      '> /approve',
      '\u202e/approve',
      '/approve\u0000',
      '\ud800',
    ),
    fc.integer({ min: 0, max: 40_000 }).map((length) => `/reject ${'<'.repeat(length)}`),
  );
  const login = fc.oneof(fc.constantFrom('pia', 'Pia', 'robin', 'lint[bot]', ''), fc.string());
  const sha = fc.constantFrom(head, old, '');
  const time = fc.oneof(fc.nat(1_000).map(at), fc.constantFrom('', 'yesterday'));
  const conversation: fc.Arbitrary<Conversation> = fc.record({
    headSha: sha,
    own: fc.constantFrom('robin', ''),
    reviews: fc.array(
      fc.record({
        id: fc.nat(),
        author: login,
        bot: fc.boolean(),
        state: fc.constantFrom('APPROVED', 'CHANGES_REQUESTED', 'COMMENTED', 'DISMISSED'),
        commit: sha,
        body: text,
        submittedAt: time,
      }),
      { maxLength: 80 },
    ),
    comments: fc.array(
      fc.record({
        id: fc.nat(),
        author: login,
        bot: fc.boolean(),
        body: text,
        createdAt: time,
        updatedAt: time,
      }),
      { maxLength: 80 },
    ),
    lines: fc.array(
      fc.record({
        author: login,
        path: fc.string(),
        line: fc.option(fc.nat()),
        commit: sha,
        body: text,
        outdated: fc.boolean(),
      }),
      { maxLength: 20 },
    ),
  });

  it('stays within bounds, with one word for each review and command at most', () => {
    fc.assert(
      fc.property(conversation, (given) => {
        const words = reviewCommands(given);
        expect(words.length).toBeLessThanOrEqual(maxCommands);
        expect(Math.max(0, ...words.map((each) => each.text.length))).toBeLessThanOrEqual(maxText);
        expect(words.reduce((sum, each) => sum + each.text.length, 0)).toBeLessThanOrEqual(maxTexts);
        const reviewers = words.filter((each) => each.comment === null).map(({ by }) => by);
        expect(new Set(reviewers).size).toBe(reviewers.length);
      }),
      { numRuns: 150 },
    );
  });

  it('never lets a program, a stranger, an edited comment, an old commit or an old comment decide', () => {
    const approvers = fc.constantFrom<readonly string[]>([], ['pia'], ['PIA', 'quinn']);
    fc.assert(
      fc.property(conversation, approvers, fc.boolean(), fc.nat(), (given, named, mayWrite, last) => {
        const gate = gateFor(named);
        for (const each of reviewCommands(given)) {
          const heard = answerAtGate({ ...each, mayWrite }, gate, last);
          const after = retryAfterFailure({ ...each, mayWrite }, named, last);
          if (heard.kind !== 'answer' && after.kind !== 'retry') continue;
          expect(each.program || each.edited).toBe(false);
          if (named.length === 0) expect(mayWrite).toBe(true);
          else expect(named.map((one) => one.toLowerCase())).toContain(each.by.toLowerCase());
          if (each.comment === null) expect(each.headSha).toBe(head);
          else expect(each.comment).toBeGreaterThan(last);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('is a command only where the first thing says so', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (before, after) => {
        const found = parseCommand(`${before}/approve${after}`);
        if (before.trim() !== '') expect(found?.kind).not.toBe('approve');
        else if (/^[\p{L}\p{M}\p{N}_/-]/u.test(after)) expect(found).toBeUndefined();
        else expect(found?.kind).toBe('approve');
      }),
    );
  });
});
