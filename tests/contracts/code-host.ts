/**
 * What every code host does, whatever it is made of. A rig brings a repository with a branch `main` of one commit, the host
 * under test (acting as somebody who is not the reviewer), and a person who pushes with plain git.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { CodeHost, MergeRequest, PullRequest } from '../../activities/code-host/port.ts';
import type { CommitMetadata, Fence } from '../../domain/model/git.ts';
import type { WorkspaceRef } from '../../domain/model/project.ts';
import { hiddenMarker } from '../../domain/names/markers.ts';
import { effectiveReviews } from '../../domain/code-host/reviews.ts';
import { eventually } from '../support/eventually.ts';
import type { TestRepository } from '../support/repository.ts';

export interface CodeHostRig {
  readonly workspace: WorkspaceRef;
  readonly person: Pick<TestRepository, 'commit' | 'merge' | 'deleteBranch' | 'tip' | 'git'>;
  readonly host: CodeHost;
  /** The same host for another login. */
  readonly reviewer: CodeHost;
  /** For one who may dismiss reviews, where those who may write may not. */
  readonly administrator?: CodeHost;
  /** The host as a restarted worker makes it. */
  restarted(): CodeHost;
  /** True: it is made of git itself, and knows what is on the base. */
  readonly asksGit: boolean;
  /** The fence as the repository holds it now. */
  fence(): Promise<Fence>;
  remove(): Promise<void> | void;
}

const stamp: CommitMetadata = {
  date: '2026-11-21T10:00:00Z',
  subject: 'Merge the phase',
  body: '',
  trailers: [['Phasewright-Project', 'play']],
};

export function codeHostContract(name: string, makeRig: () => Promise<CodeHostRig>): void {
  describe(`${name} as a code host`, () => {
    let rig: CodeHostRig;
    let branches = 0;
    let head: string;
    let base: string;

    beforeAll(async () => {
      rig = await makeRig();
    });
    afterAll(() => rig.remove());
    beforeEach(() => {
      // A head and a base of its own for every test.
      branches += 1;
      head = `work/${branches}`;
      base = `base/${branches}`;
      rig.person.commit(base, { [`base-${branches}.txt`]: 'base\n' }, 'main');
      rig.person.commit(head, { [`work-${branches}.txt`]: 'work\n' }, base);
    });

    const repository = () => rig.workspace.repository;
    const open = (change: { headBranch?: string; baseBranch?: string; title?: string; body?: string } = {}) =>
      rig.host.openPullRequest({
        repository: repository(),
        headBranch: head,
        baseBranch: base,
        title: 'Add work',
        body: 'Why.',
        ...change,
      });
    const get = ({ number }: { number: number }, host = rig.host) =>
      host.getPullRequest({ repository: repository(), number });
    const find = (state: 'open' | 'closed' | 'merged' | 'all' = 'all') =>
      rig.host.findPullRequests({ repository: repository(), headBranch: head, baseBranch: base, state });
    const tip = (branch: string): string => {
      const sha = rig.person.tip(branch);
      if (sha === null) throw new Error(`no branch ${branch}`);
      return sha;
    };
    const mergeOf = async (pr: PullRequest, change: Partial<MergeRequest> = {}): Promise<MergeRequest> => ({
      repository: repository(),
      number: pr.number,
      workspace: rig.workspace,
      expectedHeadSha: tip(head),
      expectedBaseSha: tip(base),
      method: 'merge',
      metadata: stamp,
      fence: await rig.fence(),
      ...change,
    });
    const merge = async (pr: PullRequest, change: Partial<MergeRequest> = {}) =>
      rig.host.mergePullRequest(await mergeOf(pr, change));

    it('has nothing against what no rule forbids', async () => {
      const intent = { method: 'merge', mergesPhases: true, branches: ['project/a/integration'] } as const;
      expect(await rig.host.examineBase({ repository: repository(), base, ...intent })).toEqual({
        problems: [],
        warnings: [],
      });
    });

    it('knows no new name of a branch that nobody renamed', async () => {
      expect(await rig.host.findRenamed(repository(), base)).toBeNull();
      expect(await rig.host.findRenamed(repository(), 'never/made')).toBeNull();
    });

    describe('opening', () => {
      it('opens a pull request and finds it by head and base', async () => {
        const opened = await open();
        expect(opened).toMatchObject({
          state: 'open',
          draft: false,
          title: 'Add work',
          body: 'Why.',
          labels: [],
          mergedSha: null,
          head: { branch: head, sha: tip(head) },
          base: { branch: base, sha: tip(base) },
        });
        expect(opened.number).toBeGreaterThan(0);
        expect(opened.url).toMatch(/^(https?|file):\/\//);
        expect(opened.author).toBe((await rig.host.identity()).login);
        expect((await find('open')).map(({ number }) => number)).toEqual([opened.number]);
        expect(await find('closed')).toEqual([]);
        expect(await find('merged')).toEqual([]);
      });

      it('counts numbers up and lists the newest first', async () => {
        const first = await open();
        rig.person.commit(`${head}-b`, { 'second.txt': 'b\n' }, base);
        const second = await open({ headBranch: `${head}-b` });
        expect(second.number).toBeGreaterThan(first.number);
        const listed = (await rig.host.listPullRequests({ repository: repository(), state: 'open' })).map(
          ({ number }) => number,
        );
        expect(listed.indexOf(second.number)).toBeGreaterThanOrEqual(0);
        expect(listed.indexOf(first.number)).toBeGreaterThan(listed.indexOf(second.number));
      });

      it('refuses a second one for the same head and base, and names it', async () => {
        await open();
        await expect(open()).rejects.toMatchObject({ code: 'AlreadyExists' });
        expect(await find()).toHaveLength(1);
      });

      it('opens one of ten at once', async () => {
        const results = await Promise.allSettled(Array.from({ length: 10 }, () => open()));
        const opened = results.filter(({ status }) => status === 'fulfilled');
        const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
        expect(opened).toHaveLength(1);
        expect(refused).toHaveLength(9);
        for (const reason of refused) expect(reason).toMatchObject({ code: 'AlreadyExists' });
        expect(await find()).toHaveLength(1);
      });

      it('refuses a head without commits of its own', async () => {
        rig.person.git(['push', '--quiet', 'origin', `${tip(base)}:refs/heads/${head}-empty`]);
        await expect(open({ headBranch: `${head}-empty` })).rejects.toMatchObject({ code: 'NoCommits' });
      });

      it('refuses a head that does not exist, and does not make it', async () => {
        await expect(open({ headBranch: 'ghost' })).rejects.toMatchObject({ code: 'HeadInvalid' });
        expect(rig.person.tip('ghost')).toBeNull();
      });

      it('refuses a base that does not exist, and does not make it', async () => {
        await expect(open({ baseBranch: 'ghost' })).rejects.toMatchObject({ code: 'BaseInvalid' });
        expect(rig.person.tip('ghost')).toBeNull();
      });

      it('knows the tips of branches', async () => {
        expect(await rig.host.findBranch(repository(), head)).toBe(tip(head));
        expect(await rig.host.findBranch(repository(), 'ghost')).toBeNull();
      });

      it('survives a restart', async () => {
        const opened = await open();
        expect(await get(opened, rig.restarted())).toEqual(await get(opened));
      });

      it('says which number does not exist', async () => {
        await expect(get({ number: 9_999 })).rejects.toMatchObject({
          code: 'PullRequestNotFound',
          message: expect.stringContaining('9999') as unknown,
        });
      });
    });

    describe('closing and changing', () => {
      it('closes, and opens another one with a number of its own', async () => {
        const first = await open();
        expect(
          (await rig.host.closePullRequest({ repository: repository(), number: first.number })).state,
        ).toBe('closed');
        const second = await open();
        expect(second.number).toBeGreaterThan(first.number);
        expect((await find()).map(({ number, state }) => [number, state])).toEqual([
          [second.number, 'open'],
          [first.number, 'closed'],
        ]);
      });

      it('closes what is closed once more without a word', async () => {
        const { number } = await open();
        await rig.host.closePullRequest({ repository: repository(), number });
        await expect(rig.host.closePullRequest({ repository: repository(), number })).resolves.toMatchObject({
          state: 'closed',
        });
      });

      it('reopens what a person closed by mistake', async () => {
        const { number } = await open();
        await rig.host.closePullRequest({ repository: repository(), number });
        expect((await rig.host.reopenPullRequest({ repository: repository(), number })).state).toBe('open');
      });

      it('does not reopen one whose place is taken', async () => {
        const { number } = await open();
        await rig.host.closePullRequest({ repository: repository(), number });
        await open();
        await expect(rig.host.reopenPullRequest({ repository: repository(), number })).rejects.toMatchObject({
          code: 'AlreadyExists',
        });
      });

      it('changes title, body and labels, and leaves out what is left out', async () => {
        const { number } = await open();
        await rig.host.updatePullRequest({
          repository: repository(),
          number,
          title: 'Better',
          labels: ['phase'],
        });
        await rig.host.updatePullRequest({ repository: repository(), number, body: 'Because.' });
        expect(await get({ number })).toMatchObject({ title: 'Better', body: 'Because.', labels: ['phase'] });
      });

      it('follows the head when commits are added', async () => {
        const opened = await open();
        const next = rig.person.commit(head, { 'more.txt': 'more\n' });
        expect((await get(opened)).head).toEqual({ branch: head, sha: next });
      });
    });

    describe('comments', () => {
      it('keeps one comment per marker', async () => {
        const { number } = await open();
        const marker = hiddenMarker('why');
        const first = await rig.host.comment({ repository: repository(), number, marker, body: 'First.' });
        const again = await rig.host.comment({ repository: repository(), number, marker, body: 'Second.' });
        await rig.host.comment({
          repository: repository(),
          number,
          marker: hiddenMarker('other'),
          body: 'Other.',
        });
        expect(again.id).toBe(first.id);
        const comments = await rig.host.listComments({ repository: repository(), number });
        expect(comments.map(({ body }) => body.split('\n')[0])).toEqual(['Second.', 'Other.']);
      });

      it('says who wrote a comment, when, and whether it was changed', async () => {
        const { number } = await open();
        const id = { repository: repository(), number };
        await rig.reviewer.comment({ ...id, marker: hiddenMarker('theirs'), body: 'Theirs.' });
        const said = await rig.host.comment({ ...id, marker: hiddenMarker('ours'), body: 'Ours.' });
        const [theirs, ours] = await rig.host.listComments(id);
        const { login } = await rig.reviewer.identity();
        expect(theirs).toMatchObject({ author: login, bot: false, createdAt: theirs?.updatedAt });
        expect(ours).toEqual(said);
        expect(ours?.id).toBeGreaterThan(theirs?.id ?? Number.POSITIVE_INFINITY);
        expect(Date.parse(said.createdAt)).toBeGreaterThan(Date.parse('2026-01-01'));
      });

      it('writes nothing when the comment says so already', async () => {
        const { number } = await open();
        const id = { repository: repository(), number };
        const comment = { ...id, marker: hiddenMarker('why'), body: 'Once.' };
        const first = await rig.host.comment(comment);
        expect(await rig.restarted().comment(comment)).toEqual(first);
        expect(await rig.host.listComments(id)).toEqual([first]);
      });

      it("leaves other people's comments alone", async () => {
        const { number } = await open();
        const marker = hiddenMarker('why');
        await rig.reviewer.comment({ repository: repository(), number, marker, body: 'Theirs.' });
        await rig.host.comment({ repository: repository(), number, marker, body: 'Ours.' });
        expect(await rig.host.listComments({ repository: repository(), number })).toHaveLength(2);
      });
    });

    describe('reviews', () => {
      it('lets the last word of each reviewer count, and comments not at all', async () => {
        const { number } = await open();
        const id = { repository: repository(), number };
        await rig.reviewer.submitReview({ ...id, state: 'CHANGES_REQUESTED', body: 'Not yet.' });
        await rig.reviewer.submitReview({ ...id, state: 'APPROVED', body: 'Now it is fine.' });
        await rig.reviewer.submitReview({ ...id, state: 'COMMENTED', body: 'Nice.' });
        const reviews = await rig.host.listReviews(id);
        const [first, ...later] = reviews.map(({ state }) => state);
        // Some hosts take a word back when another one of the same person follows.
        expect(['CHANGES_REQUESTED', 'DISMISSED']).toContain(first);
        expect(later).toEqual(['APPROVED', 'COMMENTED']);
        expect(effectiveReviews(reviews, tip(head))).toMatchObject([{ state: 'APPROVED', stale: false }]);
      });

      it('binds an approval to the commit that was looked at', async () => {
        const { number } = await open();
        const id = { repository: repository(), number };
        const looked = tip(head);
        await rig.reviewer.submitReview({ ...id, state: 'APPROVED', body: '' });
        const moved = rig.person.commit(head, { 'later.txt': 'later\n' });
        const reviews = await rig.host.listReviews(id);
        expect(reviews.map(({ commit }) => commit)).toEqual([looked]);
        expect(effectiveReviews(reviews, moved)).toMatchObject([{ state: 'APPROVED', stale: true }]);
      });

      it('takes a dismissed word back', async () => {
        const { number } = await open();
        const id = { repository: repository(), number };
        const { id: review } = await rig.reviewer.submitReview({ ...id, state: 'APPROVED', body: '' });
        const administrator = rig.administrator ?? rig.host;
        await administrator.dismissReview({ ...id, review, reason: 'Looked at another branch.' });
        const reviews = await rig.host.listReviews(id);
        expect(reviews.map(({ state }) => state)).toEqual(['DISMISSED']);
        expect(effectiveReviews(reviews, tip(head))).toEqual([]);
      });

      it('names the reviewer', async () => {
        const { number } = await open();
        const id = { repository: repository(), number };
        const review = await rig.reviewer.submitReview({ ...id, state: 'APPROVED', body: 'Fine.' });
        const { login } = await rig.reviewer.identity();
        expect(review).toMatchObject({ author: login, bot: false, commit: tip(head), body: 'Fine.' });
        expect(await rig.host.listReviews(id)).toEqual([review]);
      });

      it('keeps what is said on lines, each with its thread and the review that it came with', async () => {
        const { number } = await open();
        const id = { repository: repository(), number };
        const path = `work-${branches}.txt`;
        expect(await rig.host.listReviewComments(id)).toEqual([]);
        const review = await rig.reviewer.submitReview({
          ...id,
          state: 'CHANGES_REQUESTED',
          body: 'See below.',
          comments: [
            { path, line: 1, body: 'Which work?' },
            { path, line: 1, body: 'And why?' },
          ],
        });
        const remarks = await rig.host.listReviewComments(id);
        const { login } = await rig.reviewer.identity();
        const about = { review: review.id, author: login, path, line: 1, commit: tip(head), outdated: false };
        expect(remarks).toMatchObject([
          { ...about, body: 'Which work?', thread: remarks[0]?.id },
          { ...about, body: 'And why?', thread: remarks[1]?.id },
        ]);
        expect(remarks[1]?.id).not.toBe(remarks[0]?.id);
      });

      it('refuses an approval by whoever opened the pull request', async () => {
        const { number } = await open();
        const review = rig.host.submitReview({
          repository: repository(),
          number,
          state: 'APPROVED',
          body: '',
        });
        await expect(review).rejects.toMatchObject({ code: 'NotAnApprover' });
      });

      it('refuses a request for changes that does not say which', async () => {
        const { number } = await open();
        const id = { repository: repository(), number };
        const review = rig.reviewer.submitReview({ ...id, state: 'CHANGES_REQUESTED', body: '' });
        await expect(review).rejects.toMatchObject({ code: 'InvalidMessage' });
      });
    });

    describe('who may do what', () => {
      it('knows as whom it acts', async () => {
        const { login, bot } = await rig.host.identity();
        expect(login).not.toBe('');
        expect(bot).toBe(false);
        expect((await rig.restarted().identity()).login).toBe(login);
        expect((await rig.reviewer.identity()).login).not.toBe(login);
      });

      it('says that those who push may write', async () => {
        for (const host of [rig.host, rig.reviewer]) {
          const { login } = await host.identity();
          expect(await rig.host.mayWrite(repository(), login)).toBe(true);
        }
      });
    });

    describe('statuses', () => {
      const status = (change: { state?: 'pending' | 'success' | 'failure'; context?: string } = {}) => ({
        repository: repository(),
        sha: tip(head),
        context: 'phasewright/gate',
        state: 'pending' as const,
        description: 'Waits for a person.',
        ...change,
      });
      const listed = async () =>
        (await rig.host.listChecks(repository(), tip(head))).map(({ name, state }) => [name, state] as const);

      it('lists none of a commit of which nothing was said', async () => {
        expect(await listed()).toEqual([]);
      });

      it('shows what was said, for people too', async () => {
        await rig.host.setStatus(status());
        expect(await rig.host.listChecks(repository(), tip(head))).toEqual([
          { name: 'phasewright/gate', state: 'pending', summary: 'Waits for a person.', url: null },
        ]);
      });

      it('lets the newest of a context count, and keeps contexts and commits apart', async () => {
        await rig.host.setStatus(status());
        await rig.host.setStatus(status({ context: 'other', state: 'failure' }));
        await rig.host.setStatus(status({ state: 'success' }));
        expect(new Map(await listed())).toEqual(
          new Map([
            ['phasewright/gate', 'success'],
            ['other', 'failure'],
          ]),
        );
        expect(await listed()).toHaveLength(2);
        expect(await rig.host.listChecks(repository(), tip(base))).toEqual([]);
      });

      it('says nothing twice', async () => {
        await rig.host.setStatus(status());
        await rig.restarted().setStatus(status());
        expect(await listed()).toHaveLength(1);
      });
    });

    describe('merging', () => {
      const conflict = () => {
        rig.person.commit(head, { 'same.txt': 'ours\n' });
        rig.person.commit(base, { 'same.txt': 'theirs\n' });
      };

      it('says whether it would merge', async () => {
        const opened = await open();
        await eventually('that it would', async () => (await get(opened)).mergeable === true);
        conflict();
        await eventually('that it would not', async () => (await get(opened)).mergeable === false);
      });

      it('makes a merge commit of base and head, with the tree of the head', async () => {
        const opened = await open();
        const [wasBase, wasHead] = [tip(base), tip(head)];
        const merged = await merge(opened);
        if (merged.kind !== 'merged') throw new Error(merged.kind);
        expect(tip(base)).toBe(merged.sha);
        rig.person.git(['fetch', '--quiet', 'origin']);
        expect(rig.person.git(['rev-parse', `${merged.sha}^1`, `${merged.sha}^2`]).split('\n')).toEqual([
          wasBase,
          wasHead,
        ]);
        expect(rig.person.git(['rev-parse', `${merged.sha}^{tree}`])).toBe(
          rig.person.git(['rev-parse', `${wasHead}^{tree}`]),
        );
        expect(merged.fence).toEqual(await rig.fence());
        expect(merged).toMatchObject({
          tree: rig.person.git(['rev-parse', `${wasHead}^{tree}`]),
          onBase: rig.asksGit ? true : null,
        });
        expect(await get(opened)).toMatchObject({
          state: 'merged',
          mergedSha: merged.sha,
          mergedBy: (await rig.host.identity()).login,
          head: { sha: wasHead },
        });
      });

      it('squashes to one commit on the base', async () => {
        rig.person.commit(head, { 'second.txt': 'second\n' });
        const opened = await open();
        const [wasBase, wasHead] = [tip(base), tip(head)];
        const merged = await merge(opened, { method: 'squash' });
        if (merged.kind !== 'merged') throw new Error(merged.kind);
        rig.person.git(['fetch', '--quiet', 'origin']);
        expect(rig.person.git(['rev-list', '--parents', '-n1', merged.sha])).toBe(`${merged.sha} ${wasBase}`);
        expect(rig.person.git(['diff', '--stat', merged.sha, wasHead])).toBe('');
        expect((await get(opened)).state).toBe('merged');
      });

      it('merges nothing when the head is not the expected one', async () => {
        const opened = await open();
        const approved = tip(head);
        const moved = rig.person.commit(head, { 'sneaked.txt': 'in\n' });
        const before = tip(base);
        expect(await merge(opened, { expectedHeadSha: approved })).toEqual({
          kind: 'head_moved',
          headSha: moved,
        });
        expect(tip(base)).toBe(before);
        expect((await get(opened)).state).toBe('open');
      });

      it('merges nothing when the base is not the expected one', async () => {
        const opened = await open();
        const approved = tip(base);
        const moved = rig.person.commit(base, { 'other.txt': 'work\n' });
        expect(await merge(opened, { expectedBaseSha: approved })).toEqual({
          kind: 'base_moved',
          baseSha: moved,
        });
        expect(tip(base)).toBe(moved);
        expect((await get(opened)).state).toBe('open');
      });

      it('merges nothing when there is a conflict', async () => {
        const opened = await open();
        conflict();
        const before = tip(base);
        const result = await merge(opened);
        if (result.kind !== 'conflict') throw new Error(result.kind);
        // Not every host says which files.
        expect(['', 'same.txt']).toContain(result.files.join());
        expect(tip(base)).toBe(before);
      });

      it('merges nothing of a closed pull request', async () => {
        const opened = await open();
        await rig.host.closePullRequest({ repository: repository(), number: opened.number });
        const before = tip(base);
        expect(await merge(opened)).toEqual({ kind: 'closed' });
        expect(tip(base)).toBe(before);
      });

      it('answers the same when asked to merge again', async () => {
        const opened = await open();
        const request = await mergeOf(opened);
        const first = await rig.host.mergePullRequest(request);
        expect(first.kind).toBe('merged');
        const landed = tip(base);
        expect(await rig.restarted().mergePullRequest(request)).toEqual(first);
        rig.person.commit(base, { 'later.txt': 'later\n' });
        expect(await rig.host.mergePullRequest(request)).toEqual(first);
        expect(rig.person.git(['rev-list', '--count', `${landed}..${tip(base)}`])).toBe('1');
      });

      it('does not take the merge of another head for the asked one', async () => {
        const opened = await open();
        const merged = tip(head);
        await merge(opened);
        const later = rig.person.commit(head, { 'late.txt': 'late\n' });
        expect(await merge(opened, { expectedHeadSha: later })).toEqual({
          kind: 'head_moved',
          headSha: merged,
        });
      });

      it('sees that a person merged it by hand', async () => {
        const opened = await open();
        const merged = rig.person.merge(head, base);
        expect(await get(opened)).toMatchObject({ state: 'merged', mergedSha: merged });
        expect(await find('open')).toEqual([]);
      });

      it('is content with a merge by hand of the expected head, and makes no other', async () => {
        const opened = await open();
        const request = await mergeOf(opened);
        const merged = rig.person.merge(head, base);
        expect(await rig.host.mergePullRequest(request)).toEqual({
          kind: 'merged',
          sha: merged,
          tree: rig.person.git(['rev-parse', `${merged}^{tree}`]),
          fence: request.fence,
          onBase: rig.asksGit ? true : null,
        });
        expect(await merge(opened)).toMatchObject({ kind: 'merged', sha: merged });
        expect(tip(base)).toBe(merged);
      });

      it('knows the merge by hand when its branch is gone', async () => {
        const opened = await open();
        rig.person.merge(head, base);
        rig.person.deleteBranch(head);
        expect((await get(opened)).state).toBe('merged');
      });

      it('opens a new one for commits that came after the merge', async () => {
        const opened = await open();
        await merge(opened);
        rig.person.commit(head, { 'after.txt': 'after\n' });
        expect((await open()).number).toBeGreaterThan(opened.number);
      });

      it('does not reopen what is merged', async () => {
        const opened = await open();
        await merge(opened);
        await expect(
          rig.host.reopenPullRequest({ repository: repository(), number: opened.number }),
        ).rejects.toMatchObject({ code: 'PullRequestClosed' });
      });

      it('no longer counts as open once a merge that it could not see is recorded', async () => {
        const opened = await open();
        const sha = rig.person.merge(head, base, '--squash');
        await rig.host.recordMerged({ repository: repository(), number: opened.number, sha });
        await rig.host.recordMerged({ repository: repository(), number: opened.number, sha });
        expect(['merged', 'closed']).toContain((await get(opened)).state);
        expect(await find('open')).toEqual([]);
      });
    });
  });
}
