import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseWorkflowId } from '../../../domain/names/workflow-ids.ts';
import { hiddenMarker, withMarker } from '../../../domain/names/markers.ts';
import { phasePullRequest } from '../../../domain/views/pull-request-body.ts';
import { slugify } from '../../../domain/names/slug.ts';
import { page, table } from '../../docs/pages.ts';
import {
  concernOf,
  markedWorkflowId,
  webhookEvents,
  type WebhookSender,
} from '../../../domain/code-host/webhook-events.ts';

const repository = { full_name: 'Acme/shop.js' };
const person = { login: 'pia', type: 'User' };
const program = { login: 'robin[bot]', type: 'Bot' };
const marked = `Some text.\n\n${hiddenMarker('project.shop.phase.2')}`;
const pullRequest = { number: 7, body: marked };
const onPullRequest = { number: 7, body: marked, pull_request: { url: 'https://…' } };
const hint = (number: number | null, workflowId: string | null) => ({
  kind: 'hint',
  hint: { repository: 'Acme/shop.js', number, workflowId },
});
const phase = hint(7, 'project.shop.phase.2');
const unmarked = (number: number | null) => hint(number, null);

const fromGitHub = (event: string, payload: unknown) => concernOf({ sender: 'github', event }, payload);
const fromGitea = (event: string, payload: unknown) => concernOf({ sender: 'gitea', event }, payload);

describe('what can matter', () => {
  it.each<[string, object, object]>([
    ['pull_request', { action: 'closed', pull_request: pullRequest }, phase],
    ['pull_request', { action: 'synchronize', pull_request: pullRequest, sender: program }, phase],
    ['pull_request', { action: 'edited', pull_request: { number: 7, body: null } }, unmarked(7)],
    [
      'pull_request_review',
      { action: 'submitted', pull_request: pullRequest, review: { user: person } },
      phase,
    ],
    [
      'pull_request_review',
      { action: 'dismissed', pull_request: pullRequest, review: { user: person }, sender: program },
      phase,
    ],
    [
      'pull_request_review_comment',
      { action: 'deleted', pull_request: pullRequest, comment: { user: person } },
      phase,
    ],
    ['pull_request_review_thread', { action: 'resolved', pull_request: pullRequest, sender: program }, phase],
    ['repository_ruleset', { action: 'edited' }, unmarked(null)],
    ['issue_comment', { action: 'created', issue: onPullRequest, comment: { user: person } }, phase],
    ['check_suite', { action: 'completed', check_suite: { pull_requests: [{ number: 7 }] } }, unmarked(7)],
    [
      'check_run',
      { action: 'completed', check_run: { pull_requests: [{ number: 7 }, { number: 8 }] } },
      unmarked(null),
    ],
    ['check_run', { action: 'completed', check_run: { pull_requests: [] } }, unmarked(null)],
    ['status', { state: 'success', sender: program }, unmarked(null)],
    ['push', { ref: 'refs/heads/main' }, unmarked(null)],
  ])('%s %j', (event, payload, concern) => {
    expect(fromGitHub(event, { repository, ...payload })).toEqual(concern);
  });
});

describe('what cannot matter', () => {
  it.each<[string, object]>([
    ['pull_request', { action: 'labeled', pull_request: pullRequest }],
    ['pull_request', { pull_request: pullRequest }],
    ['pull_request', { action: 'closed', pull_request: { ...pullRequest, number: '7' } }],
    ['pull_request_review', { action: 'submitted', pull_request: pullRequest, review: { user: program } }],
    ['issue_comment', { action: 'created', issue: onPullRequest, comment: { user: program } }],
    ['issue_comment', { action: 'created', issue: onPullRequest, sender: program }],
    ['issue_comment', { action: 'created', issue: pullRequest, comment: { user: person } }],
    ['issue_comment', { action: 'pinned', issue: onPullRequest, comment: { user: person } }],
    ['check_suite', { action: 'requested', check_suite: { pull_requests: [{ number: 7 }] } }],
    ['push', { ref: 'refs/tags/v1' }],
    ['status', { repository: { full_name: "acme/shop' OR 'a'='a" } }],
    ['status', { repository: { full_name: 'acme' } }],
    ['status', { repository: null }],
  ])('%s %j', (event, payload) => {
    expect(fromGitHub(event, { repository, ...payload })).toEqual({ kind: 'ignored' });
  });

  it.each(['star', 'pull_request_approved', 'constructor', ''])(
    'the event %p, which need not be sent',
    (event) => {
      expect(fromGitHub(event, { repository, action: 'created' })).toEqual({ kind: 'unknown' });
    },
  );
});

/** Of these no type is known: Gitea's users have none. */
const user = { id: 3, login: 'pia', username: 'pia' };

describe('what Gitea and Forgejo say', () => {
  it.each<[string, object, object]>([
    ['pull_request', { action: 'opened', pull_request: pullRequest }, phase],
    ['pull_request', { action: 'closed', pull_request: { ...pullRequest, merged: true } }, phase],
    ['pull_request', { action: 'synchronized', pull_request: pullRequest, commit_id: '' }, phase],
    ['pull_request_approved', { action: 'reviewed', pull_request: pullRequest, sender: user }, phase],
    ['pull_request_rejected', { action: 'reviewed', pull_request: pullRequest, review: {} }, phase],
    ['pull_request_comment', { action: 'reviewed', pull_request: { number: 7, body: '' } }, unmarked(7)],
    ['issue_comment', { action: 'created', issue: onPullRequest, comment: { user }, is_pull: true }, phase],
    ['issue_comment', { action: 'edited', issue: onPullRequest, comment: { user } }, phase],
    ['status', { state: 'success', context: 'ci/build' }, unmarked(null)],
    ['push', { ref: 'refs/heads/main', total_commits: 1 }, unmarked(null)],
  ])('%s %j matters', (event, payload, concern) => {
    expect(fromGitea(event, { repository, ...payload })).toEqual(concern);
  });

  it.each<[string, object]>([
    ['pull_request', { action: 'label_updated', pull_request: pullRequest }],
    ['pull_request', { action: 'synchronize', pull_request: pullRequest }],
    ['pull_request_approved', { action: 'reviewed', pull_request: null }],
    [
      'issue_comment',
      { action: 'created', issue: { ...pullRequest, pull_request: null }, comment: { user } },
    ],
    ['push', { ref: 'refs/tags/v1' }],
    ['status', { repository: { full_name: 'acme/a/b' } }],
  ])('%s %j is ignored', (event, payload) => {
    expect(fromGitea(event, { repository, ...payload })).toEqual({ kind: 'ignored' });
  });

  it.each(['wiki', 'workflow_run', 'pull_request_review', 'check_run', '__proto__'])(
    'the event %p need not be sent',
    (event) => {
      expect(fromGitea(event, { repository, action: 'created' })).toEqual({ kind: 'unknown' });
    },
  );
});

it('docs/webhooks.md says which events to select', () => {
  const events = (settings: string): readonly string[] =>
    table(page('docs/webhooks.md'), settings, 'event', 'what it can say').flatMap(
      ([, event = '']) => event.match(/\w+/g) ?? [],
    );

  expect(events("in GitHub's settings")).toEqual(webhookEvents.github);
  expect(new Set(events("in Gitea's settings"))).toEqual(new Set(webhookEvents.gitea));
});

it('a ping is a ping, whatever it holds', () => {
  expect(fromGitHub('ping', null)).toEqual({ kind: 'ping' });
});

const senders = fc.constantFrom<WebhookSender>('github', 'gitea');
const events = fc.constantFrom(
  ...webhookEvents.github,
  ...webhookEvents.gitea,
  ...['ping', 'fork', '__proto__', ''],
);
const keys = [
  'action',
  'repository',
  'full_name',
  'pull_request',
  'issue',
  'comment',
  'review',
  'user',
  'sender',
].concat(['type', 'number', 'body', 'check_run', 'check_suite', 'pull_requests', 'ref', '__proto__']);
const values = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 6 },
    fc.constantFrom(
      'created',
      'completed',
      'closed',
      'Bot',
      'acme/shop',
      'refs/heads/main',
      marked,
      7,
      -1,
      0.5,
    ),
    fc.jsonValue(),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...keys), tie('value'), { maxKeys: 10 }),
  ),
})).value;

it('any JSON is judged without an error, and a hint is always well formed', () => {
  fc.assert(
    fc.property(senders, events, values, (sender, event, payload) => {
      const concern = concernOf({ sender, event }, JSON.parse(JSON.stringify(payload ?? null)));
      if (concern.kind !== 'hint') return;
      const { repository: name, number, workflowId } = concern.hint;
      expect(name).toMatch(/^[\w.-]+\/[\w.-]+$/);
      if (number !== null) expect(Number.isSafeInteger(number) && number > 0).toBe(true);
      if (workflowId !== null) expect(parseWorkflowId(workflowId)).toBeDefined();
    }),
    { numRuns: 2_000 },
  );
});

describe('the marker', () => {
  const number = fc.integer({ min: 1, max: 99_999 });
  const ids = fc
    .tuple(fc.string({ unit: 'grapheme' }).map(slugify), fc.constantFrom('project', 'phase', 'task'), number)
    .map(([slug, kind, n]) =>
      kind === 'task' ? `task.${slug}` : kind === 'phase' ? `project.${slug}.phase.${n}` : `project.${slug}`,
    );

  it('is read back from any text that it ends', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), ids, (text, id) => {
        expect(markedWorkflowId(withMarker(text, hiddenMarker(id)))).toBe(id);
      }),
    );
  });

  it('is read back from the text of a pull request, whatever people named things', () => {
    const forged = hiddenMarker('project.other');
    const { body } = phasePullRequest({
      slug: 'shop',
      project: `Shop ${forged}`,
      workflowId: 'project.shop.phase.2',
      phase: { number: 2, name: forged },
      tasks: [{ number: 1, title: forged, description: forged, commit: null, attempts: 1 }],
      checks: [],
      approveCommand: `phasewright approve shop ${forged}`,
      rejectCommand: forged,
    });

    expect(markedWorkflowId(body)).toBe('project.shop.phase.2');
  });

  it('is only what hiddenMarker writes of an id that can have a pull request', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'<!-> phasewrit:ojct.%2d1x') }), (text) => {
        const id = markedWorkflowId(text);
        if (id !== null) expect(text).toContain(hiddenMarker(id));
      }),
    );
    for (const text of [
      '',
      'project.shop',
      '<!-- phasewright:project.shop-->',
      '<!-- phasewright:project.Shop -->',
      '<!-- phasewright:project.shop%2d1 -->',
      '<!-- phasewright:project.shop.phase.0 -->',
      '<!-- phasewright:project.shop.phase.1.task.1 -->',
      '<!-- phasewright:temporal-sys-scheduler -->',
      `<!-- phasewright:${'x'.repeat(10_000)} -->`,
    ])
      expect(markedWorkflowId(text)).toBeNull();
  });

  it('of several the last one counts', () => {
    expect(
      markedWorkflowId(`${hiddenMarker('project.a')} ${hiddenMarker('task.b')} <!-- phasewright:? -->`),
    ).toBe('task.b');
  });

  it('is looked for in a time that grows with the text alone, also where that is full of beginnings', () => {
    // The square of this length would take hours.
    expect(markedWorkflowId('<!-- phasewright:'.repeat(200_000))).toBeNull();
  });
});
