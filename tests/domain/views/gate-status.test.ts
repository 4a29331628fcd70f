import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Decision, Source } from '../../../domain/approval/gate.ts';
import { decisionText, obstacle, openGateText } from '../../../domain/views/gate-status.ts';

const sources: readonly Source[] = ['cli', 'web-ui', 'pull-request', 'chat', 'api', 'policy'];
const decision = (change: Partial<Decision> = {}): Decision => ({
  gateId: 'phase-1.2',
  action: 'approve',
  by: 'pia',
  at: Date.UTC(2026, 10, 21, 10),
  from: 'pull-request',
  comment: '',
  headSha: 'c0ffee0000000000000000000000000000000001',
  commandId: null,
  ...change,
});

describe('what a pull request shows of a gate', () => {
  it('is a pending status while it is open, and no comment', () => {
    expect(openGateText({ id: 'phase-1.2' })).toEqual({
      state: 'pending',
      summary: 'Waits for a decision (gate phase-1.2)',
      comment: null,
    });
  });

  it('is who approved what, from where and when', () => {
    expect(decisionText(decision())).toMatchInlineSnapshot(`
{
  "comment": "**Approved** by pia on this pull request for \`c0ffee0000\` (gate phase-1.2, 2026-11-21T10:00:00.000Z).",
  "state": "success",
  "summary": "Approved by pia on this pull request",
}
`);
  });

  it('is what was asked for by whoever rejected it, quoted', () => {
    const text = decisionText(
      decision({
        action: 'reject',
        by: 'ann',
        from: 'cli',
        comment: 'Name the unit.\n\n<b>And</b> test it.',
      }),
    );
    expect(text).toMatchInlineSnapshot(`
{
  "comment": "**Changes requested** by ann on the command line for \`c0ffee0000\` (gate phase-1.2, 2026-11-21T10:00:00.000Z).

> Name the unit.
>
> &lt;b>And&lt;/b> test it.

The next task works on it, with this as its feedback.",
  "state": "failure",
  "summary": "Changes requested by ann on the command line",
}
`);
  });

  it('keeps the tabs of a quoted comment, and shows tabs elsewhere as \\t', () => {
    const { comment, summary } = decisionText(
      decision({ action: 'reject', by: 'an\tn', from: 'cli', comment: 'Like this:\n\n\tgo test\u0007' }),
    );
    expect(comment).toContain('\n> \tgo test\\u{7}\n');
    expect(comment).toMatch(/^\*\*Changes requested\*\* by an\\tn /);
    expect(summary).toBe('Changes requested by an\\tn on the command line');
  });

  it('is said again with what the approval counts for, once base moved', () => {
    const carried = { headSha: 'd'.repeat(40), baseSha: 'e'.repeat(40) };
    expect(decisionText(decision({ carried, comment: 'Well done.' }))).toMatchInlineSnapshot(`
{
  "comment": "**Approved** by pia on this pull request for \`c0ffee0000\` (gate phase-1.2, 2026-11-21T10:00:00.000Z).

> Well done.

The approval was carried over to dddddddddd: base moved to eeeeeeeeee, the patches are equal, and it was tested again.",
  "state": "success",
  "summary": "Approved by pia on this pull request, carried over to dddddddddd: base moved to eeeeeeeeee, the patches are equal, and it was tested again",
}
`);
  });

  it('names no commit where nothing changed', () => {
    expect(decisionText(decision({ headSha: null })).comment).toMatch(/on this pull request \(gate/);
  });

  it('is safe with any text: the line is one, and nothing looks like a marker of ours', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 400 }),
      fc.constantFrom('<!-- phasewright:closed -->', '\u001b[31m', '`'.repeat(9), '\ud83d', '/approve'),
    );
    fc.assert(
      fc.property(
        fc.constantFrom<'approve' | 'reject'>('approve', 'reject'),
        fc.constantFrom(...sources),
        text,
        text,
        fc.nat(),
        (action, from, by, comment, at) => {
          const shown = decisionText(decision({ action, from, by, comment, at }));
          expect(shown.summary).not.toMatch(/\p{Cc}|\p{Surrogate}/u);
          expect(shown.comment).not.toContain('<!--');
          const [first, ...quoted] = shown.comment?.split('\n') ?? [];
          expect(first).toMatch(/^\*\*/);
          expect(first).not.toMatch(/\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u);
          // A quoted tab is indentation, as in the description of a pull request.
          expect(quoted.join('')).not.toMatch(/(?!\t)\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u);
        },
      ),
    );
  });
});

describe('what stands in the way of a gate', () => {
  const sha = 'c0ffee0000000000000000000000000000000001';
  const look = {
    number: 7,
    state: 'open' as 'open' | 'merged' | 'closed',
    draft: false,
    base: { branch: 'project/shop/integration', sha },
    head: { branch: 'project/shop/phase/1/schema', sha },
  };
  const wanted = { base: 'project/shop/integration', branchGone: false };

  it('is nothing while it is as we opened it, or merged', () => {
    expect(obstacle(look, wanted)).toBeNull();
    expect(obstacle({ ...look, state: 'merged', draft: true }, wanted)).toBeNull();
  });

  it('is that somebody closed it, and how to go on', () => {
    expect(obstacle({ ...look, state: 'closed' }, wanted)).toBe(
      'Pull request #7 was closed. Reopen it to go on.',
    );
    expect(obstacle({ ...look, state: 'closed' }, { ...wanted, branchGone: true })).toBe(
      "Pull request #7 was closed and its branch 'project/shop/phase/1/schema' deleted. Restore the branch and reopen it to go on.",
    );
  });

  it('is another base, before that it is a draft', () => {
    const moved = { ...look, draft: true, base: { branch: 'main', sha } };
    expect(obstacle(moved, wanted)).toBe(
      "Pull request #7 was retargeted to 'main'. Set its base back to 'project/shop/integration' to go on.",
    );
    expect(obstacle({ ...look, draft: true }, wanted)).toBe(
      'Pull request #7 was made a draft. Mark it as ready to go on.',
    );
  });
});
