/** Every write on GitHub, with its connection lost at the worst moments: repeated as Temporal would, it happens exactly once. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { createCodeHostActivities } from '../../../activities/code-host/activities.ts';
import { toApplicationFailure } from '../../../activities/support/errors.ts';
import type { MergePullRequestRequest } from '../../../activities/code-host/contract.ts';
import { hiddenMarker } from '../../../domain/names/markers.ts';
import type { EffectKind } from '../../support/github-double/effects.ts';
import { type Fault, type FaultPlace, faults } from '../../support/github-double/faults.ts';
import { type GitHubRig, makeGitHubRig } from './github-rig.ts';

const losses: readonly (readonly [string, Fault])[] = [
  ['the connection drops before anything happens', faults.dropBefore],
  ['it happens and the answer is lost', faults.appliedThenLost],
  ['it happens and the answer is a 502', faults.badGateway({ applied: true })],
  ['it happens and the answer is cut short', faults.truncated],
  ['the answer is a 503 and nothing happens', faults.unavailable()],
];

describe('a write on GitHub', () => {
  let rig: GitHubRig;
  let made = 0;
  let head: string;
  let base: string;
  beforeAll(async () => {
    rig = await makeGitHubRig();
  });
  afterAll(() => rig.remove());
  beforeEach(() => {
    made += 1;
    [head, base] = [`work/${made}`, `base/${made}`];
    rig.person.commit(base, { [`base-${made}.txt`]: 'base\n' }, 'main');
    rig.person.commit(head, { [`work-${made}.txt`]: 'work\n' }, base);
  });
  afterEach(() => {
    expect(rig.double.faultsLeft()).toBe(0);
    expect(rig.double.nonConforming()).toEqual([]);
  });

  const activities = () => createCodeHostActivities({ hostFor: () => rig.host, git: rig.git });
  const tip = (branch: string) => rig.person.tip(branch) ?? '';
  const on = (number: number) => ({ workspace: rig.workspace, number });
  const id = (number: number) => ({ repository: rig.workspace.repository, number });

  async function open(): Promise<number> {
    const marker = hiddenMarker(`play.${made}`);
    const result = await activities().ensurePullRequest({
      workspace: rig.workspace,
      headBranch: head,
      headSha: tip(head),
      baseBranch: base,
      baseSha: tip(base),
      required: [],
      title: 'Add work',
      body: 'Why.',
      marker,
    });
    if (result.kind !== 'open') throw new Error(result.kind);
    return result.pullRequest.number;
  }
  const mergeOf = async (
    number: number,
    method: 'merge' | 'squash' = 'merge',
  ): Promise<MergePullRequestRequest> => ({
    ...on(number),
    headBranch: head,
    baseBranch: base,
    required: [],
    expectedHeadSha: tip(head),
    expectedBaseSha: tip(base),
    method,
    metadata: {
      date: '2026-11-21T10:00:00Z',
      subject: 'Merge',
      body: '',
      trailers: [['Phasewright-Project', 'play']],
    },
    fence: await rig.fence(),
  });

  const mergedInto = (branch: string, { expectedHeadSha, fence }: MergePullRequestRequest) => ({
    kind: 'merged',
    sha: tip(branch),
    tree: rig.person.git(['rev-parse', `${expectedHeadSha}^{tree}`]),
    fence,
    onBase: true,
    elapsedMs: expect.any(Number) as unknown,
  });

  /** As Temporal would, if less patiently; answers with how often it took. */
  async function persistently<T>(
    work: () => Promise<T>,
  ): Promise<{ readonly result: T; readonly tries: number }> {
    for (let tries = 1; ; tries += 1) {
      try {
        return { result: await work(), tries };
      } catch (error) {
        const failure = toApplicationFailure(error);
        if (!(failure instanceof ApplicationFailure) || failure.nonRetryable === true || tries === 5)
          throw error;
        expect(failure.type).toBe('CodeHostUnavailable');
        expect(failure.nextRetryDelay).toBeGreaterThanOrEqual(3_000);
      }
    }
  }

  interface Write {
    readonly name: string;
    readonly place: FaultPlace;
    readonly effect: EffectKind;
    /** What has to be there before; answers with the write. */
    prepare(): Promise<() => Promise<unknown>>;
    /** What is so afterwards. */
    check(number: number): Promise<void>;
  }
  let number = 0;
  const opened = async () => (number = await open());
  const now = () => rig.host.getPullRequest(id(number));

  const writes: readonly Write[] = [
    {
      name: 'opening',
      place: 'POST /repos/{owner}/{repo}/pulls',
      effect: 'pullRequestsOpened',
      prepare: async () => opened,
      check: async () => expect((await now()).state).toBe('open'),
    },
    {
      name: 'changing a text',
      place: 'PATCH /repos/{owner}/{repo}/pulls/{pull_number}',
      effect: 'bodiesUpdated',
      async prepare() {
        await opened();
        return () => activities().updatePullRequest({ ...on(number), title: 'Better', body: 'Because.' });
      },
      check: async () => expect(await now()).toMatchObject({ title: 'Better', body: 'Because.' }),
    },
    {
      name: 'setting labels',
      place: 'PUT /repos/{owner}/{repo}/issues/{issue_number}/labels',
      effect: 'labelsSet',
      async prepare() {
        await opened();
        return () => rig.host.updatePullRequest({ ...id(number), labels: ['phase', 'gate'] });
      },
      check: async () => expect((await now()).labels).toEqual(['phase', 'gate']),
    },
    {
      name: 'commenting',
      place: 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments',
      effect: 'commentsCreated',
      async prepare() {
        await opened();
        return () => activities().closePullRequest({ ...on(number), comment: 'Kept.', close: false });
      },
      check: async () => expect(await rig.host.listComments(id(number))).toHaveLength(1),
    },
    {
      name: 'changing a comment',
      place: 'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}',
      effect: 'commentsUpdated',
      async prepare() {
        await opened();
        await activities().closePullRequest({ ...on(number), comment: 'Kept.', close: false });
        return () => activities().closePullRequest({ ...on(number), comment: 'Kept on.', close: false });
      },
      async check() {
        const comments = await rig.host.listComments(id(number));
        expect(comments.map(({ body }) => body.split('\n')[0])).toEqual(['Kept on.']);
      },
    },
    {
      name: 'setting a status',
      place: 'POST /repos/{owner}/{repo}/statuses/{sha}',
      effect: 'statusesCreated',
      async prepare() {
        await opened();
        const gate = {
          gateId: '1',
          sha: tip(head),
          state: 'pending',
          summary: 'Waits.',
          comment: null,
        } as const;
        return () => activities().publishGate({ ...on(number), ...gate });
      },
      check: async () =>
        expect(await rig.host.listChecks(rig.workspace.repository, tip(head))).toMatchObject([
          { name: 'phasewright/gate', state: 'pending' },
        ]),
    },
    {
      name: 'closing',
      place: 'PATCH /repos/{owner}/{repo}/pulls/{pull_number}',
      effect: 'closed',
      async prepare() {
        await opened();
        return () => activities().closePullRequest({ ...on(number), comment: 'Cancelled.', close: true });
      },
      async check() {
        expect((await now()).state).toBe('closed');
        expect(await rig.host.listComments(id(number))).toHaveLength(1);
      },
    },
    {
      name: 'reopening',
      place: 'PATCH /repos/{owner}/{repo}/pulls/{pull_number}',
      effect: 'reopened',
      async prepare() {
        await opened();
        await rig.host.closePullRequest(id(number));
        return () => rig.host.reopenPullRequest(id(number));
      },
      check: async () => expect((await now()).state).toBe('open'),
    },
    ...(['merge', 'squash'] as const).map(
      (method): Write => ({
        name: `merging (${method})`,
        place: 'PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge',
        effect: 'merges',
        async prepare() {
          const request = await mergeOf(await opened(), method);
          return async () => {
            const result = await activities().mergePullRequest(request);
            expect(result).toEqual(mergedInto(base, request));
          };
        },
        check: async () => expect(await now()).toMatchObject({ state: 'merged', mergedSha: tip(base) }),
      }),
    ),
  ];

  for (const { name, place, effect, prepare, check } of writes) {
    describe(name, () => {
      for (const [what, fault] of losses) {
        it(`happens once although ${what}`, async () => {
          const write = await prepare();
          const before = rig.double.effects[effect].length;
          rig.double.fail({ on: place, fault });
          const { tries } = await persistently(write);
          expect(tries).toBe(2);
          expect(rig.double.effects[effect].length - before).toBe(1);
          await check(number);
        });
      }

      it('happens once although it is asked for again, which only reads', async () => {
        const write = await prepare();
        const before = rig.double.effects[effect].length;
        await write();
        expect(rig.double.effects[effect].length - before).toBe(1);
        const asked = rig.double.exchanges.length;
        await write();
        // Git asks for what it reads with a POST as well.
        const written = rig.double.exchanges
          .slice(asked)
          .filter(({ method, route }) => method !== 'GET' && route !== 'git fetch');
        expect(written).toEqual([]);
      });
    });
  }

  it('opens one although the repeat reads what GitHub knew before', async () => {
    rig.double.fail({ on: 'POST /repos/{owner}/{repo}/pulls', fault: faults.appliedThenLost });
    const moment = rig.double.moment();
    rig.double.fail({ on: 'GET /repos/{owner}/{repo}/pulls', fault: faults.staleReads(moment), after: 1 });
    const before = rig.double.effects.pullRequestsOpened.length;
    await persistently(open);
    expect(rig.double.effects.pullRequestsOpened.length - before).toBe(1);
  });

  it('merges once although the look after it is lost, and says the same', async () => {
    const request = await mergeOf(await open());
    rig.double.fail({
      on: 'GET /repos/{owner}/{repo}/git/commits/{commit_sha}',
      fault: faults.dropBefore,
      times: 1,
    });
    await expect(activities().mergePullRequest(request)).rejects.toMatchObject({
      type: 'CodeHostUnavailable',
    });
    expect(await activities().mergePullRequest(request)).toEqual(mergedInto(base, request));
    expect(rig.double.effects.merges.filter(({ number: n }) => n === request.number)).toHaveLength(1);
  });

  it('is not made while a limit is waited for, and made once afterwards', async () => {
    let time = Date.now();
    const { host } = rig.client({ clock: () => time });
    const comment = { ...id(await open()), marker: hiddenMarker('limit'), body: 'Said.' };
    rig.double.fail({
      on: 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments',
      fault: faults.secondaryLimit({ retryAfter: 20 }),
    });
    await expect(host.comment(comment)).rejects.toMatchObject({ code: 'RateLimited', retryAfterMs: 20_000 });
    const asked = rig.double.exchanges.length;
    await expect(host.comment(comment)).rejects.toMatchObject({ code: 'RateLimited' });
    expect(rig.double.exchanges.length).toBe(asked);
    time += 20_000;
    await host.comment(comment);
    expect(rig.double.effects.commentsCreated.filter(({ number: n }) => n === comment.number)).toHaveLength(
      1,
    );
  });
});
