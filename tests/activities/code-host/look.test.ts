/** What a look at a pull request tells and when it is news, and how gates are shown: on GitHub's double and the local host. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createCodeHostActivities } from '../../../activities/code-host/activities.ts';
import type { CodeHost } from '../../../activities/code-host/port.ts';
import { armFaults } from '../../../activities/support/fault-points.ts';
import type { EnsurePullRequestRequest, PublishGateRequest } from '../../../activities/code-host/contract.ts';
import { hiddenMarker } from '../../../domain/names/markers.ts';
import { faults, type GitHubDouble } from '../../support/github-double/index.ts';
import { fullName, type GitHubRig, makeGitHubRig } from './github-rig.ts';
import { makeLocalRig } from './rig.ts';

interface AnyRig extends Pick<GitHubRig, 'workspace' | 'person' | 'host' | 'reviewer' | 'git'> {
  readonly double?: GitHubDouble;
  remove(): void | Promise<void>;
}

const marker = hiddenMarker('project.play.phase.1');
let made = 0;

for (const [name, makeRig] of [
  ['GitHub', makeGitHubRig],
  ['the local code host', async () => makeLocalRig()],
] as const) {
  describe(name, () => {
    let rig: AnyRig;
    let head: string;
    let base: string;
    let number: number;

    beforeAll(async () => {
      rig = await makeRig();
      rig.double?.addUser('ron', { permission: 'read' });
      for (const person of ['pia', 'quinn']) rig.double?.addUser(person);
    });
    afterAll(() => rig.remove());
    beforeEach(async () => {
      made += 1;
      [head, base] = [`work/${made}`, `base/${made}`];
      rig.person.commit(base, { [`base-${made}.txt`]: 'base\n' }, 'main');
      rig.person.commit(head, { [`work-${made}.txt`]: 'work\n' }, base);
      number = await open();
    });
    afterEach(() => armFaults(''));

    const activities = (host: CodeHost = rig.host) =>
      createCodeHostActivities({ hostFor: () => host, git: rig.git, pollMs: 1_500 });
    const request = (change: Partial<EnsurePullRequestRequest> = {}): EnsurePullRequestRequest => ({
      workspace: rig.workspace,
      headBranch: head,
      headSha: rig.person.tip(head) ?? '',
      baseBranch: base,
      baseSha: rig.person.tip(base) ?? '',
      required: [],
      title: 'Add work',
      body: 'Why.',
      marker,
      ...change,
    });
    const open = async () => {
      const result = await activities().ensurePullRequest(request());
      if (result.kind !== 'open') throw new Error(result.kind);
      return result.pullRequest.number;
    };
    const id = () => ({ repository: rig.workspace.repository, number });
    const look = () => activities().readPullRequest({ workspace: rig.workspace, number });
    const tip = (branch: string) => rig.person.tip(branch) ?? '';
    /** Whether this is news, and the look after it. */
    const after = async (happens: () => unknown) => {
      const { digest } = await look();
      await happens();
      const seen = await look();
      return { news: seen.digest !== digest, seen };
    };
    const review = (state: 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED', body = 'So.') =>
      rig.reviewer.submitReview({ ...id(), state, body });
    const say = (body: string) =>
      rig.reviewer.comment({ ...id(), marker: hiddenMarker(`said.${body}`), body });

    describe('a look at a pull request', () => {
      it('tells where it stands', async () => {
        expect(await look()).toMatchObject({
          number,
          state: 'open',
          draft: false,
          head: { branch: head, sha: tip(head) },
          base: { branch: base, sha: tip(base) },
          mergedSha: null,
          mergedBy: null,
          commands: [],
          lastComment: 0,
          blocked: false,
          checks: 'none',
        });
      });

      it('says the same of the same', async () => {
        await review('CHANGES_REQUESTED');
        const first = await look();
        expect(await look()).toEqual(first);
        expect(first.digest).toMatch(/^[0-9a-f]{20}$/);
      });

      it('has a review as news, with whose it is and of which commit', async () => {
        const { news, seen } = await after(() => review('CHANGES_REQUESTED', 'Name the unit.'));
        expect(news).toBe(true);
        expect(seen.commands).toMatchObject([
          {
            kind: 'reject',
            by: 'rita',
            program: false,
            mayWrite: true,
            headSha: tip(head),
            comment: null,
            text: 'Name the unit.',
          },
        ]);
      });

      it('has a word that is taken back as news', async () => {
        const { id: given } = await review('APPROVED');
        const taken = await after(() =>
          rig.reviewer.dismissReview({ ...id(), review: given, reason: 'I was wrong.' }),
        );
        expect(taken.news).toBe(true);
        expect(taken.seen.commands).toEqual([]);
      });

      it('has a command as news, and counts the comments', async () => {
        const { news, seen } = await after(() => say('/reject Name the unit.'));
        expect(news).toBe(true);
        const [word] = seen.commands;
        expect(word).toMatchObject({ kind: 'reject', by: 'rita', headSha: null, edited: false });
        expect(word?.comment).toBe(seen.lastComment);
      });

      it('has talk, texts, labels and a base that moves on as no news', async () => {
        const { news, seen } = await after(async () => {
          await say('I will look at it.');
          await review('COMMENTED', 'Nice.');
          await rig.host.updatePullRequest({ ...id(), title: 'Other', body: 'Text', labels: ['mine'] });
          rig.person.commit(base, { 'elsewhere.txt': 'x\n' });
        });
        expect(news).toBe(false);
        expect(seen.base.sha).toBe(tip(base));
        expect(seen.lastComment).toBeGreaterThan(0);
      });

      it('has what we show of a gate as no news', async () => {
        const { news, seen } = await after(() => publish({ comment: '**Approved** by ann.' }));
        expect(news).toBe(false);
        expect(seen.checks).toBe('none');
      });

      it('has a commit, a close and a reopening as news', async () => {
        expect((await after(() => rig.person.commit(head, { 'more.txt': 'x\n' }))).news).toBe(true);
        const closed = await after(() => rig.reviewer.closePullRequest(id()));
        expect([closed.news, closed.seen.state]).toEqual([true, 'closed']);
        expect((await after(() => rig.reviewer.reopenPullRequest(id()))).news).toBe(true);
      });

      it('has a merge by hand as news, with the commit that brought it in', async () => {
        const { news, seen } = await after(() => rig.person.merge(head, base));
        expect(news).toBe(true);
        expect(seen).toMatchObject({ state: 'merged', mergedSha: tip(base), head: { sha: tip(head) } });
      });
    });

    describe('waiting for news', () => {
      const awaitNews = (seen: string) =>
        activities().awaitPullRequestChange({ workspace: rig.workspace, number, seen });

      it('ends with a look that differs from the known one', async () => {
        const { digest } = await look();
        await review('APPROVED');
        expect((await awaitNews(digest)).commands).toHaveLength(1);
        expect((await awaitNews('')).number).toBe(number);
      });

      it('fails with nothing new, to be asked again after the interval', async () => {
        const { digest } = await look();
        await expect(awaitNews(digest)).rejects.toMatchObject({
          type: 'NothingNew',
          nonRetryable: false,
          nextRetryDelay: 1_500,
          category: 'BENIGN',
        });
      });

      it('never ends for good because of what people can mend', async () => {
        const waiting = activities().awaitPullRequestChange({
          workspace: rig.workspace,
          number: 999,
          seen: '',
        });
        await expect(waiting).rejects.toMatchObject({
          type: 'CodeHostUnavailable',
          nonRetryable: false,
          nextRetryDelay: 60_000,
          message: expect.stringContaining('PullRequestNotFound'),
        });
      });
    });

    const publish = (change: Partial<PublishGateRequest> = {}) =>
      activities().publishGate({
        workspace: rig.workspace,
        number,
        gateId: 'phase-1.1',
        sha: tip(head),
        state: 'pending',
        summary: 'Waits for a decision (gate phase-1.1)',
        comment: null,
        ...change,
      });
    const shown = async () => ({
      statuses: (await rig.host.listChecks(rig.workspace.repository, tip(head))).map(
        ({ name: context, state, summary }) => `${context} ${state}: ${summary}`,
      ),
      comments: (await rig.host.listComments(id())).map(({ body }) => body.split('\n')[0]),
    });

    describe('showing a gate', () => {
      it('is a status while it is open, and one comment once it is decided', async () => {
        await publish();
        expect(await shown()).toEqual({
          statuses: ['phasewright/gate pending: Waits for a decision (gate phase-1.1)'],
          comments: [],
        });
        const decided = {
          state: 'success',
          summary: 'Approved by ann',
          comment: '**Approved** by ann.',
        } as const;
        await publish(decided);
        await publish(decided);
        expect(await shown()).toEqual({
          statuses: ['phasewright/gate success: Approved by ann'],
          comments: ['**Approved** by ann.'],
        });
      });

      it('is repeated whole after a lost try, and nothing of it twice', async () => {
        const decided = { state: 'failure', summary: 'No', comment: '**Changes requested**' } as const;
        armFaults('publishGate:effect=throw; publishGate:result=throw');
        await expect(publish(decided)).rejects.toThrow('Fault injected');
        await expect(publish(decided)).rejects.toThrow('Fault injected');
        await publish(decided);
        expect(await shown()).toEqual({
          statuses: ['phasewright/gate failure: No'],
          comments: ['**Changes requested**'],
        });
      });

      it('has a comment for each gate, and no status where there is no commit', async () => {
        await publish({ gateId: 'phase-1.1', sha: null, comment: 'First.' });
        await publish({ gateId: 'phase-1.2', sha: null, comment: 'Second.' });
        expect(await shown()).toEqual({ statuses: [], comments: ['First.', 'Second.'] });
      });
    });

    if (name === 'GitHub') {
      describe('what only GitHub has', () => {
        const double = () => rig.double as GitHubDouble;
        const on = (as: string) => ({ as, repo: fullName, number });
        const ensure = (change: Partial<EnsurePullRequestRequest> = {}) =>
          activities().ensurePullRequest(request(change));
        const opened = () =>
          double().effects.pullRequestsOpened.filter(({ ref }) => ref === `refs/heads/${head}`).length;

        it('is in a look too: drafts, other bases, checks, rules and edited commands', async () => {
          expect((await after(() => double().setDraft({ ...on('pia'), draft: true }))).seen).toMatchObject({
            draft: true,
            blocked: true,
          });
          double().setDraft({ ...on('pia'), draft: false });
          const moved = await after(() => double().retarget({ ...on('pia'), base: 'main' }));
          expect([moved.news, moved.seen.base.branch]).toEqual([true, 'main']);
          double().retarget({ ...on('pia'), base });

          const check = (conclusion?: string) => () =>
            double().reportCheck({
              as: 'pia',
              repo: fullName,
              sha: tip(head),
              name: 'lint',
              ...(conclusion === undefined ? {} : { conclusion }),
            });
          const pending = await after(check());
          expect([pending.news, pending.seen.checks]).toEqual([true, '1 of 1 pending: lint']);
          const failed = await after(check('failure'));
          expect([failed.news, failed.seen.checks]).toEqual([true, '1 of 1 failed: lint']);
          expect((await after(check('success'))).seen.checks).toBe('1 passed');

          const rules = await after(() => double().setProtection(fullName, base, { requiredChecks: ['ci'] }));
          expect([rules.news, rules.seen.blocked]).toEqual([true, true]);

          const comment = double().comment({ ...on('pia'), body: 'Fine.' });
          double().advance(2_000);
          const edited = await after(() =>
            double().editComment({ as: 'quinn', repo: fullName, id: comment, body: '/approve' }),
          );
          expect([edited.news, edited.seen.commands[0]?.edited]).toEqual([true, true]);
        });

        it('is whose word a stranger, a program and our own login have', async () => {
          double().review({ ...on('ron'), state: 'APPROVED' });
          double().comment({ ...on(double().addUser('lint', { kind: 'app' })), body: '/approve' });
          double().comment({ ...on('phase'), body: '/approve' });
          const { commands: words } = await look();
          expect(words.map(({ by, program, mayWrite }) => [by, program, mayWrite])).toEqual([
            ['ron', false, false],
            ['lint[bot]', true, false],
            ['phase', true, false],
          ]);
        });

        it('is that a person closes or retargets ours: no second one is opened', async () => {
          double().retarget({ ...on('pia'), base: 'main' });
          expect(await ensure()).toMatchObject({
            kind: 'retargeted',
            baseBranch: 'main',
            pullRequest: { number, state: 'open' },
          });
          double().retarget({ ...on('pia'), base });
          expect(await ensure({ known: number })).toMatchObject({ kind: 'open', pullRequest: { number } });
          double().closePullRequest(on('pia'));
          expect(await ensure({ known: number })).toMatchObject({ kind: 'closed', pullRequest: { number } });
          expect(opened()).toBe(1);
        });

        it('is that a person takes our marker out of the text: the one we know is still ours', async () => {
          double().editPullRequest({ ...on('pia'), body: 'Mine now.' });
          double().retarget({ ...on('pia'), base: 'main' });
          expect(await ensure({ known: number })).toMatchObject({ kind: 'retargeted', baseBranch: 'main' });
          double().retarget({ ...on('pia'), base });
          double().closePullRequest(on('pia'));
          expect(await ensure({ known: number })).toMatchObject({ kind: 'closed', pullRequest: { number } });
          expect(opened()).toBe(1);
        });

        it('is a label on ours, set again after a lost answer and left to people afterwards', async () => {
          const labels = () => double().pullRequest(fullName, number)?.labels ?? [];
          expect(labels()).toEqual(['phasewright']);
          double().setLabels({ ...on('pia'), labels: ['theirs'] });
          await ensure({ known: number });
          expect(labels()).toEqual(['theirs']);
          await ensure();
          expect(labels()).toEqual(['theirs', 'phasewright']);
        });

        it("is that somebody else's pull request of the same branches keeps its labels", async () => {
          const other = `${head}-theirs`;
          rig.person.commit(other, { 'theirs.txt': 'x\n' }, base);
          const theirs = double().openPullRequest({
            as: 'pia',
            repo: fullName,
            head: other,
            base,
            title: 'Mine',
            body: 'By hand.',
          });
          expect(await ensure({ headBranch: other, headSha: rig.person.tip(other) ?? '' })).toMatchObject({
            kind: 'open',
            pullRequest: { number: theirs },
          });
          expect(double().pullRequest(fullName, theirs)?.labels).toEqual([]);
        });

        it('is one that a person closed before they opened and closed one of their own', async () => {
          double().closePullRequest(on('pia'));
          const theirs = double().openPullRequest({ ...on('pia'), head, base, title: 'Mine' });
          double().closePullRequest({ ...on('pia'), number: theirs });
          expect(await ensure()).toMatchObject({ kind: 'closed', pullRequest: { number } });
          expect(opened()).toBe(2);
        });

        it('is a head that lags behind in an answer of a moment ago', async () => {
          const before = tip(head);
          await look();
          const moment = double().moment();
          const pushed = rig.person.commit(head, { 'late.txt': 'x\n' });
          double().notice();
          double().fail({
            on: 'GET /repos/{owner}/{repo}/pulls/{pull_number}',
            fault: faults.staleReads(moment),
          });
          expect((await look()).head.sha).toBe(before);
          expect((await look()).head.sha).toBe(pushed);
        });
      });

      afterEach(() => {
        expect(rig.double?.nonConforming()).toEqual([]);
      });
    }
  });
}
