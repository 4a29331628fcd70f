/** Who decides a gate on its pull request, who doesn't, and what is shown of it there: reviews, comments, signals. */
import { describe, expect } from '@jest/globals';
import { workspaceOwner } from '../../domain/names/workflow-ids.ts';
import type { RefusedMessage } from '../../domain/messages/messages.ts';
import { eventually } from '../support/eventually.ts';
import { git } from '../support/git.ts';
import { type ProjectStatusView } from '../support/rig.ts';
import { type ProjectDriver, startProject, startTask } from './project-driver.ts';
import { concurrentTests } from './concurrent-tests.ts';
import { token } from './github-fixture.ts';

describe('a gate on GitHub', () => {
  const { concurrentTest, conformsToOpenApi } = concurrentTests();

  concurrentTest(
    'is not decided by whoever may not, nor by what is old, edited or taken back',
    async (github) => {
      const { double } = github;
      const on = await startProject(github, 'nobody');
      const { repo } = on;
      const first = await on.gate(1);
      const { number } = first;
      on.reject(number, 'Name the unit.');
      await on.phase('the rejection', ({ gate }) => gate === null);
      // While it is worked on: of the old commit, and from before the question.
      double.review({ as: 'quinn', repo, number, state: 'APPROVED' });
      double.comment({ as: 'rosa', repo, number, body: '/approve' });
      const second = await on.gate(1, first.id);
      expect(second).toMatchObject({ number, id: 'phase-1.2' });

      double.review({ as: 'stranger', repo, number, state: 'APPROVED' });
      double.review({ as: 'lint[bot]', repo, number, state: 'APPROVED' });
      double.comment({ as: 'robin', repo, number, body: '/approve' });
      const taken = double.review({ as: 'rosa', repo, number, state: 'APPROVED' });
      double.dismissReview({ as: 'rosa', repo, number, review: taken });
      double.review({ as: 'rosa', repo, number, state: 'COMMENTED', body: 'I would say /approve.' });
      double.comment({ as: 'pia', repo, number, body: '/retry' });
      double.comment({ as: 'pia', repo, number, body: '/reject' });
      const comment = double.comment({ as: 'pia', repo, number, body: 'Fine.' });
      double.advance(2_000);
      double.editComment({ as: 'quinn', repo, id: comment, body: '/approve' });

      const said = (refused: readonly RefusedMessage[]) =>
        refused.map(({ message, code, reason }) => `${code}: ${message}: ${reason}`).toSorted();
      const waits = await on.phase('what is turned away', ({ refused }) => refused.length >= 7);
      await on.looked(number);
      const later = await on.phase('the same gate', ({ gate }) => gate?.id === second.id);
      expect(said(later.refused)).toEqual(said(waits.refused));
      expect(said(later.refused)).toEqual([
        "InvalidMessage: approve on the pull request: The comment of pia was edited, and others than its author may do that: write '/approve' in a new one.",
        'InvalidMessage: reject on the pull request: A rejection needs a comment: it becomes the next task.',
        "NotAnApprover: approve on the pull request: lint[bot] is a program: its 'approve' decides nothing.",
        "NotAnApprover: approve on the pull request: robin is a program: its 'approve' decides nothing.",
        "NotAnApprover: approve on the pull request: stranger may not push to the repository, so the 'approve' decides nothing.",
        "NotWaiting: retry on the pull request: '/retry' by pia: nothing has failed, a decision is awaited.",
        `StaleHead: approve on the pull request: The review of quinn is of ${first.head.slice(0, 10)}, but ${second.head.slice(0, 10)} is what is asked about. Review the new commits.`,
      ]);
      expect(JSON.stringify(later)).not.toContain(token);

      double.comment({ as: 'rosa', repo, number, body: '/approve' });
      const { decisions } = await on.project('the decision', (view) => view.decisions.length === 2);
      expect(decisions.map(({ action, by, from }) => [action, by, from])).toEqual([
        ['reject', 'pia', 'pull-request'],
        ['approve', 'rosa', 'pull-request'],
      ]);
    },
  );

  concurrentTest(
    "is decided by '/reject' and '/approve', and after a failure '/retry' goes on",
    async (github) => {
      const { double, rig } = github;
      const on = await startProject(github, 'commands', { limits: { attempts: 1 } });
      const { repo, slug } = on;
      const { number } = await on.gate(1);
      double.comment({ as: 'quinn', repo, number, body: '/REJECT name the unit' });
      expect(await on.failed()).toContain('Rejected 1 times. Last: name the unit');
      await on.looked(number);
      double.comment({ as: 'stranger', repo, number, body: '/retry for me' });
      const turned = await on.project('the stranger', ({ refused }) => refused.length > 0);
      expect(turned.refused).toMatchObject([{ code: 'NotAnApprover', message: 'retry on the pull request' }]);
      double.comment({ as: 'pia', repo, number, body: '/retry in metres' });

      const again = await on.gate(1);
      expect(again.number).toBe(number);
      expect(rig.readArtifact(`${slug}/1/2/1/prompt.md`)).toContain('in metres');
      double.comment({ as: 'pia', repo, number, body: '/approve' });
      await on.projectGate();
      expect(double.effects.pullRequestsOpened.filter((each) => each.repository === repo)).toHaveLength(2);
    },
  );

  concurrentTest(
    'with named approvers is decided by them alone, who have to prove who they are',
    async (github) => {
      const { double, rig } = github;
      const on = await startProject(github, 'named', { approval: { approvers: ['PIA'] } });
      const { repo, slug } = on;
      const { number, id: gateId } = await on.gate(1);
      double.review({ as: 'quinn', repo, number, state: 'APPROVED' });
      await rig.phase(slug, 1).signal('approve', { by: 'pia', gateId });
      const { refused, gate } = await on.phase('both', (view) => view.refused.length === 2);
      expect(refused.map(({ code, reason }) => `${code}: ${reason}`).toSorted()).toEqual([
        "NotAnApprover: 'pia' (a label, not proof of identity) may not answer this gate; PIA may, through a review on the code host.",
        'NotAnApprover: quinn is not among the approvers: PIA.',
      ]);
      expect(gate?.id).toBe(gateId);
      double.setPermission('pia', repo, 'read');
      on.approve(number);
      const { decisions } = await on.project('the decision', (view) => view.decisions.length === 1);
      expect(decisions).toMatchObject([{ action: 'approve', by: 'pia', from: 'pull-request' }]);
    },
  );

  concurrentTest('is shown there, whoever decided it and from where', async (github) => {
    const { rig } = github;
    const on = await startProject(github, 'shown');
    const { slug } = on;
    const first = await on.gate(1);
    await eventually('the status of the gate', () => on.statuses(first.head).length > 0);
    expect(on.statuses(first.head)).toEqual(['pending']);
    await rig.phase(slug, 1).signal('reject', { by: 'ann', from: 'cli', comment: 'Name the unit.' });
    const second = await on.gate(1, first.id);
    expect(on.statuses(first.head)).toEqual(['pending', 'failure']);
    on.approve(second.number);
    const last = await on.projectGate();
    expect(on.statuses(second.head)).toEqual(['pending', 'success']);
    await rig.project(slug).signal('approve', { gateId: last.id, by: 'bo', from: 'web-ui' });
    await on.handle.result();
    expect(on.statuses(last.head)).toEqual(['pending', 'success']);
    const line = (text: string) => expect.stringMatching(text);
    expect(on.shown(first.number)).toEqual([
      line('^\\*\\*Changes requested\\*\\* by ann on the command line for `.{10}` \\(gate phase-1\\.1, '),
      line('^\\*\\*Approved\\*\\* by pia on this pull request for `.{10}` \\(gate phase-1\\.2, '),
    ]);
    expect(on.shown(last.number)).toEqual([
      line('^\\*\\*Approved\\*\\* by bo in the Web UI for `.{10}` \\(gate project\\.1, '),
    ]);
  });

  concurrentTest('that nobody answers in time is shown as rejected by the rules', async (github) => {
    // Later gates expire as well until an approval is faster.
    const on = await startProject(github, 'expired', {
      approval: { remind_after: '1s', expire_after: '3s', on_expiry: 'reject' },
      limits: { attempts: 20 },
    });
    const first = await on.gate(1);
    for (let gate = first; ; ) {
      gate = await on.gate(1, gate.id);
      await on.approveElsewhere(gate, 1);
      const { decisions } = await on.project('a decision', (view) => decided(view, gate.id).length > 0);
      if (decisions.at(-1)?.by === 'ann') break;
    }
    await on.project('the end of the phase', (view) => view.phases[0]?.status === 'completed');
    expect(on.statuses(first.head)).toEqual(['pending', 'failure']);
    expect(on.shown(first.number)[0]).toMatch(
      /^\*\*Changes requested\*\* by expiry by the rules of the project/,
    );
  });

  concurrentTest(
    'of the whole project takes a review with remarks on lines as the next task',
    async (github) => {
      const { double, rig } = github;
      const on = await startProject(github, 'whole');
      const { repo, slug } = on;
      on.approve((await on.gate(1)).number);
      const first = await on.projectGate();
      const { number } = first;
      double.review({
        as: 'quinn',
        repo,
        number,
        state: 'CHANGES_REQUESTED',
        body: 'Nearly.',
        comments: [{ path: fileIn(on, first.head), line: 1, body: 'In which currency?' }],
      });
      const second = await on.projectGate(first.id);
      expect(second.number).toBe(number);
      const prompt = rig.readArtifact(`${slug}/1/2/1/prompt.md`);
      expect(prompt).toContain('Nearly.');
      expect(prompt).toMatch(/, line 1: In which currency\?/);
      on.approve(number);
      const outcome = (await on.handle.result()) as { status: string; mergedSha: string };
      expect(outcome.status).toBe('done');
      expect(double.tip(repo, 'main')).toBe(outcome.mergedSha);
      expect(on.statuses(first.head)).toEqual(['pending', 'failure']);
    },
  );

  concurrentTest('of a task alone is decided by reviews too', async (github) => {
    const { double, rig } = github;
    const on = await startTask(github, 'alone');
    const { repo, slug } = on;
    const first = await on.gate();
    const { number } = first;
    double.review({ as: 'stranger', repo, number, state: 'APPROVED' });
    await on.task('the stranger', ({ refused }) => refused.length === 1);
    double.review({
      as: 'pia',
      repo,
      number,
      state: 'CHANGES_REQUESTED',
      body: 'Nearly.',
      comments: [{ path: fileIn(on, first.head), line: 1, body: 'In which currency?' }],
    });
    const second = await on.gate(first.id);
    expect(second.number).toBe(number);
    const prompt = rig.readArtifact(`${workspaceOwner({ kind: 'standalone', slug })}/0/1/2/prompt.md`);
    expect(prompt).toContain('Nearly.');
    expect(prompt).toMatch(/, line 1: In which currency\?/);
    on.approve(number);
    expect(await on.handle.result()).toMatchObject({ status: 'done', headSha: second.head });
    expect(on.contains('main', second.head)).toBe(true);
    expect(on.statuses(second.head)).toEqual(['pending', 'success']);
    expect(on.shown(number)).toHaveLength(2);
  });

  concurrentTest('has one decision when a review and a signal come at once', async (github) => {
    const { rig } = github;
    const on = await startProject(github, 'race', {
      phases: ['A', 'B', 'C'].map((name) => ({ name, tasks: ['Add it'] })),
    });
    const { slug } = on;
    // At once; once the worker reads the reviews; once it has read them.
    for (const [index, reads] of [0, 1, 2].entries()) {
      const number = index + 1;
      const gate = await on.gate(number);
      const from = github.double.exchanges.length;
      const path = `/repos/${on.repo}/pulls/${gate.number}/reviews`;
      on.reject(gate.number, 'Not yet.');
      await eventually(
        `${reads} looks at the reviews`,
        () =>
          github.double.exchanges.slice(from).filter((each) => each.path.startsWith(path)).length >= reads,
      );
      const signalled = await rig
        .phase(slug, number)
        .executeUpdate('approve', { args: [{ gateId: gate.id, headSha: gate.head, by: 'ann' }] })
        .then(
          () => 'approved',
          () => 'refused',
        );
      const { decisions } = await on.project('the decision', (view) => decided(view, gate.id).length > 0);
      const [decision, ...others] = decisions.filter(({ gateId }) => gateId === gate.id);
      expect(others).toEqual([]);
      expect([signalled, decision?.action]).toEqual(
        decision?.by === 'ann' ? ['approved', 'approve'] : ['refused', 'reject'],
      );
      if (decision?.action === 'reject') on.approve((await on.gate(number, gate.id)).number);
      await on.project('the end of the phase', (view) => view.phases[index]?.status === 'completed');
      expect(on.statuses(gate.head).at(-1)).toBe(decision?.action === 'approve' ? 'success' : 'failure');
      expect(on.shown(gate.number).filter((text) => text.includes(`(gate ${gate.id},`))).toHaveLength(1);
    }
  });

  conformsToOpenApi();
});

const decided = ({ decisions }: ProjectStatusView, gate: string) =>
  decisions.filter(({ gateId }) => gateId === gate);

/** A file that the head brings to main. */
const fileIn = ({ path }: Pick<ProjectDriver, 'path'>, head: string): string =>
  git(path, 'diff', '--name-only', `main...${head}`).split('\n')[0] ?? '';
