import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createCodeHostActivities } from '../../../activities/code-host/activities.ts';
import type { CodeHost } from '../../../activities/code-host/port.ts';
import { createLocalCodeHost } from '../../../activities/code-host/local/index.ts';
import { armFaults } from '../../../activities/support/fault-points.ts';
import { PortError } from '../../../activities/support/errors.ts';
import type { EnsurePullRequestRequest } from '../../../activities/code-host/contract.ts';
import { hiddenMarker } from '../../../domain/names/markers.ts';
import { type LocalRig, makeLocalRig } from './rig.ts';

describe('activities of the code host', () => {
  let rig: LocalRig;
  beforeEach(() => {
    rig = makeLocalRig();
    rig.person.commit('work', { 'work.txt': 'work\n' }, 'main');
  });
  afterEach(() => {
    armFaults('');
    rig.remove();
  });

  const activities = (host: CodeHost = rig.host) =>
    createCodeHostActivities({ hostFor: () => host, git: rig.git });
  const marker = hiddenMarker('project.play.phase.1');
  const tip = (branch: string) => rig.person.tip(branch) ?? '';
  const request = (): EnsurePullRequestRequest => ({
    workspace: rig.workspace,
    headBranch: 'work',
    headSha: tip('work'),
    baseBranch: 'main',
    baseSha: tip('main'),
    title: 'Add work',
    body: 'Why.',
    marker,
    required: [],
  });
  const id = (number: number) => ({ repository: rig.workspace.repository, number });
  const all = () => rig.host.listPullRequests({ repository: rig.workspace.repository, state: 'all' });
  const mergeOf = async (number: number) => ({
    workspace: rig.workspace,
    number,
    headBranch: 'work',
    baseBranch: 'main',
    required: [],
    expectedHeadSha: tip('work'),
    expectedBaseSha: tip('main'),
    method: 'merge' as const,
    metadata: { date: '2026-11-21T10:00:00Z', subject: 'Merge', body: '', trailers: [] },
    fence: await rig.fence(),
  });
  const number = async () => {
    const result = await activities().ensurePullRequest(request());
    if (result.kind !== 'open') throw new Error(result.kind);
    return result.pullRequest.number;
  };

  describe('ensurePullRequest', () => {
    it('opens a pull request with the marker hidden in its body', async () => {
      const result = await activities().ensurePullRequest(request());
      expect(result).toMatchObject({ kind: 'open', pullRequest: { number: 1, state: 'open' } });
      expect((await rig.host.getPullRequest(id(1))).body).toBe(`Why.\n\n${marker}`);
    });

    it('finds the one that a lost attempt opened', async () => {
      armFaults('ensurePullRequest:effect=throw');
      await expect(activities().ensurePullRequest(request())).rejects.toThrow('Fault injected');
      expect(await activities().ensurePullRequest(request())).toMatchObject({
        kind: 'open',
        pullRequest: { number: 1 },
      });
      expect(await all()).toHaveLength(1);
    });

    it('ends with one pull request for ten at once', async () => {
      const results = await Promise.all(
        Array.from({ length: 10 }, () => activities().ensurePullRequest(request())),
      );
      expect(new Set(results.map((result) => JSON.stringify(result))).size).toBe(1);
      expect(await all()).toHaveLength(1);
    });

    it('adopts the one that a person opened', async () => {
      const theirs = await rig.reviewer.openPullRequest({
        ...id(0),
        headBranch: 'work',
        baseBranch: 'main',
        title: 'Mine',
        body: '',
      });
      expect(await activities().ensurePullRequest(request())).toMatchObject({
        kind: 'open',
        pullRequest: { number: theirs.number },
      });
    });

    it('says when there is nothing to merge', async () => {
      const backwards = {
        headBranch: 'main',
        headSha: tip('main'),
        baseBranch: 'work',
        baseSha: tip('work'),
      };
      expect(await activities().ensurePullRequest({ ...request(), ...backwards })).toEqual({
        kind: 'no_commits',
      });
    });

    it('says that this very head was merged, squashed or not', async () => {
      const n = await number();
      await activities().mergePullRequest({ ...(await mergeOf(n)), method: 'squash' });
      expect(await activities().ensurePullRequest(request())).toEqual({
        kind: 'merged',
        pullRequest: { number: n, state: 'merged', url: expect.any(String) },
        by: 'phasewright',
        headSha: tip('work'),
        baseBranch: 'main',
        mergedSha: tip('main'),
        how: 'ours',
      });
      expect(await all()).toHaveLength(1);
    });

    it('says that an earlier head of the one we knew was merged, and opens another one for the rest', async () => {
      const n = await number();
      const before = tip('work');
      rig.person.merge('work', 'main');
      expect((await rig.host.getPullRequest(id(n))).state).toBe('merged');
      rig.person.commit('work', { 'more.txt': 'more\n' });
      expect(await activities().ensurePullRequest({ ...request(), known: n })).toMatchObject({
        kind: 'merged',
        headSha: before,
        how: 'earlier',
      });
      expect(await activities().ensurePullRequest(request())).toMatchObject({
        kind: 'open',
        pullRequest: { number: n + 1 },
      });
    });

    it('says when the base or the head is no longer where it was, by one look at the remote', async () => {
      const asked = request();
      const looks: string[] = [];
      const watched = {
        ...rig.git,
        remoteBranches: (...given: Parameters<typeof rig.git.remoteBranches>) => {
          looks.push('remoteBranches');
          return rig.git.remoteBranches(...given);
        },
      };
      const ensure = (host: CodeHost) =>
        createCodeHostActivities({ hostFor: () => host, git: watched }).ensurePullRequest(asked);
      const local = createLocalCodeHost({ git: watched, dataDir: rig.dataDir });
      expect(await ensure(local)).toMatchObject({ kind: 'open' });
      expect(await ensure(local)).toMatchObject({ kind: 'open' });
      expect(looks).toHaveLength(2);
      const baseSha = rig.person.commit('main', { 'base.txt': 'x\n' });
      expect(await ensure(local)).toEqual({ kind: 'behind', baseSha });
      const headSha = rig.person.commit('work', { 'head.txt': 'x\n' });
      expect(await ensure(local)).toEqual({ kind: 'head_moved', headSha });
      rig.person.deleteBranch('work');
      expect(await ensure(local)).toEqual({ kind: 'head_moved', headSha: null });
    });

    it('opens one although the base has moved on, where that is asked for and the base has not got it yet', async () => {
      const asked = { ...request(), behind: true };
      rig.person.commit('main', { 'base.txt': 'x\n' });
      expect(await activities().ensurePullRequest(asked)).toMatchObject({ kind: 'open' });
      await rig.host.closePullRequest(id(1));
      rig.person.merge('work', 'main');
      const baseSha = tip('main');
      expect(await activities().ensurePullRequest(asked)).toEqual({ kind: 'behind', baseSha });
    });

    it('opens nothing for a head that lacks what is called done', async () => {
      const nowhere = 'd'.repeat(40);
      const required = [tip('work'), tip('main'), nowhere];
      expect(await activities().ensurePullRequest({ ...request(), required })).toEqual({
        kind: 'missing',
        commits: [nowhere],
      });
      expect(await all()).toHaveLength(0);
    });

    it('brings its text up to date, and leaves the text of a person who was faster until it is ours', async () => {
      const n = await number();
      await activities().ensurePullRequest({ ...request(), title: 'Better', body: 'Because.' });
      expect(await rig.host.getPullRequest(id(n))).toMatchObject({
        title: 'Better',
        body: `Because.\n\n${marker}`,
      });
      rig.person.commit('theirs', { 'theirs.txt': 'x\n' }, 'main');
      const theirs = await rig.reviewer.openPullRequest({
        ...id(0),
        headBranch: 'theirs',
        baseBranch: 'main',
        title: 'Mine',
        body: '',
      });
      const other = { ...request(), headBranch: 'theirs', headSha: tip('theirs') };
      await activities().ensurePullRequest(other);
      expect((await rig.host.getPullRequest(id(theirs.number))).title).toBe('Mine');
      await activities().ensurePullRequest({ ...other, known: theirs.number });
      expect((await rig.host.getPullRequest(id(theirs.number))).title).toBe('Add work');
    });

    it('opens another one when the head went on after a merge', async () => {
      const n = await number();
      await activities().mergePullRequest(await mergeOf(n));
      rig.person.commit('work', { 'more.txt': 'more\n' });
      expect(await number()).toBe(n + 1);
    });

    it('asks when a person closed it, and opens no second one', async () => {
      const n = await number();
      await rig.reviewer.closePullRequest(id(n));
      expect(await activities().ensurePullRequest(request())).toMatchObject({
        kind: 'closed',
        pullRequest: { number: n, state: 'closed' },
      });
      expect(await all()).toHaveLength(1);
    });

    it('opens another one when it closed the last one itself', async () => {
      const n = await number();
      await activities().closePullRequest({
        workspace: rig.workspace,
        number: n,
        comment: 'Cancelled.',
        close: true,
      });
      expect(await number()).toBe(n + 1);
    });

    describe('when a person closed it', () => {
      const claim = { marker: hiddenMarker('closed'), body: 'Closed by Phasewright, I say.' };
      const closedByRita = async () => {
        const n = await number();
        await rig.reviewer.comment({ ...id(n), ...claim });
        await rig.reviewer.closePullRequest(id(n));
        return n;
      };

      it('asks although they put the sign into their comment that it was us', async () => {
        const n = await closedByRita();
        expect(await activities().ensurePullRequest(request())).toMatchObject({
          kind: 'closed',
          pullRequest: { number: n },
        });
        expect(await all()).toHaveLength(1);
      });

      it('still says why it is given up, without the sign', async () => {
        const n = await closedByRita();
        const close = { workspace: rig.workspace, number: n, comment: 'Cancelled by Ada.', close: true };
        await activities().closePullRequest(close);
        const comments = await rig.host.listComments(id(n));
        expect(comments.map(({ author }) => author)).toEqual(['rita', 'phasewright']);
        expect(comments.at(-1)?.body).toContain('Cancelled by Ada.');
        expect(comments.at(-1)?.body).not.toContain(claim.marker);
      });
    });

    it('knows itself however its name is written', async () => {
      const n = await number();
      const close = { workspace: rig.workspace, number: n, comment: 'Cancelled.', close: true };
      await activities().closePullRequest(close);
      const host: CodeHost = { ...rig.host, identity: async () => ({ login: 'PhaseWright', bot: false }) };
      expect(await activities(host).ensurePullRequest(request())).toMatchObject({
        kind: 'open',
        pullRequest: { number: n + 1 },
      });
    });

    it("is not held up by somebody's closed pull request from before", async () => {
      await rig.reviewer.openPullRequest({
        ...id(0),
        headBranch: 'work',
        baseBranch: 'main',
        title: 'Old',
        body: 'Theirs.',
      });
      await rig.reviewer.closePullRequest(id(1));
      expect(await number()).toBe(2);
    });

    it('fails by name, and for good, when the base is missing', async () => {
      await expect(
        activities().ensurePullRequest({ ...request(), baseBranch: 'ghost' }),
      ).rejects.toMatchObject({
        type: 'BaseInvalid',
        nonRetryable: true,
      });
    });

    it('waits for a worker with a credential when this one was started without', async () => {
      const none = createCodeHostActivities({
        git: rig.git,
        hostFor: () => {
          throw new PortError('NoCodeHost', 'acme/shop needs a token.');
        },
      });
      await expect(none.ensurePullRequest(request())).rejects.toMatchObject({
        type: 'AccessRefused',
        nonRetryable: false,
        message:
          'acme/shop needs a token. Start the worker again with that; the work then goes on by itself.',
      });
    });
  });

  it('updates the texts', async () => {
    const n = await number();
    await activities().updatePullRequest({
      workspace: rig.workspace,
      number: n,
      title: 'Better',
      body: `B\n${marker}`,
    });
    expect(await rig.host.getPullRequest(id(n))).toMatchObject({ title: 'Better', body: `B\n${marker}` });
  });

  it('merges once, whatever gets lost', async () => {
    const n = await number();
    const merge = await mergeOf(n);
    armFaults('mergePullRequest:effect=throw; mergePullRequest:result=throw');
    await expect(activities().mergePullRequest(merge)).rejects.toThrow('Fault injected');
    await expect(activities().mergePullRequest(merge)).rejects.toThrow('Fault injected');
    expect(await activities().mergePullRequest(merge)).toEqual({
      kind: 'merged',
      sha: rig.person.tip('main'),
      tree: rig.person.git(['rev-parse', 'main^{tree}'], rig.person.bare),
      fence: await rig.fence(),
      onBase: true,
      elapsedMs: expect.any(Number),
    });
    expect(await activities().mergePullRequest({ ...merge, required: ['d'.repeat(40)] })).toEqual({
      kind: 'missing',
      commits: ['d'.repeat(40)],
      elapsedMs: expect.any(Number),
    });
    const merges = rig.person.git(['rev-list', '--count', '--merges', 'main'], rig.person.bare);
    expect(merges).toBe('1');
  });

  describe('closePullRequest', () => {
    it('says why once and closes, although the answer got lost', async () => {
      const n = await number();
      const close = { workspace: rig.workspace, number: n, comment: 'Cancelled by Ada.', close: true };
      armFaults('closePullRequest:effect=throw; closePullRequest:result=throw');
      await expect(activities().closePullRequest(close)).rejects.toThrow('Fault injected');
      await expect(activities().closePullRequest(close)).rejects.toThrow('Fault injected');
      await activities().closePullRequest(close);
      expect((await rig.host.getPullRequest(id(n))).state).toBe('closed');
      const comments = await rig.host.listComments(id(n));
      expect(comments.map(({ body }) => body.split('\n')[0])).toEqual(['Cancelled by Ada.']);
    });

    it('only comments when it is to stay open', async () => {
      const n = await number();
      await activities().closePullRequest({
        workspace: rig.workspace,
        number: n,
        comment: 'Kept.',
        close: false,
      });
      expect((await rig.host.getPullRequest(id(n))).state).toBe('open');
      expect(await rig.host.listComments(id(n))).toHaveLength(1);
    });

    it('leaves a merged one merged', async () => {
      const n = await number();
      await activities().mergePullRequest(await mergeOf(n));
      await activities().closePullRequest({
        workspace: rig.workspace,
        number: n,
        comment: 'Cancelled.',
        close: true,
      });
      expect((await rig.host.getPullRequest(id(n))).state).toBe('merged');
    });
  });

  it('records a merge by hand', async () => {
    const n = await number();
    const sha = rig.person.merge('work', 'main', '--squash');
    await activities().recordMerged({ workspace: rig.workspace, number: n, sha });
    expect(await rig.host.getPullRequest(id(n))).toMatchObject({ state: 'merged', mergedSha: sha });
  });
});
