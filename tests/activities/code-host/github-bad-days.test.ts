/** What GitHub answers for a moment only: repeated as Temporal would, the work is done, once, and no try fails it for good. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { createCodeHostActivities } from '../../../activities/code-host/activities.ts';
import { hiddenMarker } from '../../../domain/names/markers.ts';
import { type Fault, type FaultRule, faults } from '../../support/github-double/faults.ts';
import { type GitHubRig, makeGitHubRig } from './github-rig.ts';

const answer = (status: number, message: string, more: object = {}): Fault => ({
  kind: 'answer',
  status,
  body: { message, ...more },
});
const notFound = answer(404, 'Not Found');
const headInvalid = answer(422, 'Validation Failed', {
  errors: [{ resource: 'PullRequest', field: 'head', code: 'invalid' }],
});
const noNode = answer(422, "Could not resolve to a node with the global id of 'PR_kwDOABCD1234'.");
const noCommit = answer(422, 'No commit found for SHA: 0123456789012345678901234567890123456789');

const pulls = '/repos/{owner}/{repo}/pulls' as const;
const one = `${pulls}/{pull_number}` as const;
const issue = '/repos/{owner}/{repo}/issues/{issue_number}' as const;

describe('on a bad day of GitHub', () => {
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
    expect([rig.double.faultsLeft(), rig.double.nonConforming()]).toEqual([0, []]);
  });

  const activities = () => createCodeHostActivities({ hostFor: () => rig.host, git: rig.git });
  const tip = (branch: string) => rig.person.tip(branch) ?? '';
  const on = (number: number) => ({ workspace: rig.workspace, number });
  const id = (number: number) => ({ repository: rig.workspace.repository, number });

  async function open(): Promise<number> {
    const result = await activities().ensurePullRequest({
      workspace: rig.workspace,
      headBranch: head,
      headSha: tip(head),
      baseBranch: base,
      baseSha: tip(base),
      required: [],
      title: 'Add work',
      body: 'Why.',
      marker: hiddenMarker(`play.${made}`),
    });
    if (result.kind !== 'open') throw new Error(result.kind);
    return result.pullRequest.number;
  }
  const look = (number: number) => activities().readPullRequest(on(number));
  const mergeOf = async (number: number) => ({
    ...on(number),
    headBranch: head,
    baseBranch: base,
    required: [],
    expectedHeadSha: tip(head),
    expectedBaseSha: tip(base),
    method: 'merge' as const,
    metadata: { date: '2026-11-21T10:00:00Z', subject: 'Merge', body: '', trailers: [] },
    fence: await rig.fence(),
  });
  const publish = (number: number) =>
    activities().publishGate({
      ...on(number),
      gateId: 'phase-1.1',
      sha: tip(head),
      state: 'success',
      summary: 'Approved by ann',
      comment: 'Approved by ann.',
    });

  /** Without the pauses; answers with what the tries that failed came to. */
  async function persistently<T>(work: () => Promise<T>): Promise<{ result: T; failed: string[] }> {
    const failed: string[] = [];
    for (;;) {
      try {
        return { result: await work(), failed };
      } catch (error) {
        if (!(error instanceof ApplicationFailure) || error.nonRetryable === true || failed.length === 5)
          throw error;
        failed.push(String(error.type));
      }
    }
  }

  describe('a pull request is opened, once and with its label, although', () => {
    const days: readonly (readonly [string, FaultRule, string])[] = [
      ['its head is not seen yet', { on: `POST ${pulls}`, fault: headInvalid }, 'CodeHostUnavailable'],
      [
        'it is not seen when it gets its label',
        { on: `PUT ${issue}/labels`, fault: notFound },
        'PullRequestNotFound',
      ],
      ['it is no node yet', { on: `PUT ${issue}/labels`, fault: noNode, times: 2 }, 'CodeHostUnavailable'],
    ];
    for (const [name, rule, code] of days)
      it(name, async () => {
        const before = rig.double.effects.pullRequestsOpened.length;
        rig.double.fail(rule);
        const { result: number, failed } = await persistently(open);
        expect(new Set(failed)).toEqual(new Set([code]));
        expect((await rig.host.getPullRequest(id(number))).labels).toEqual(['phasewright']);
        expect(rig.double.effects.pullRequestsOpened).toHaveLength(before + 1);
      });
  });

  describe('a look at a pull request comes to be, although', () => {
    const reads = [
      `GET ${one}`,
      `GET ${one}/reviews`,
      `GET ${one}/comments`,
      `GET ${issue}/comments`,
    ] as const;
    for (const place of reads)
      it(`${place} is not found for a moment`, async () => {
        const number = await open();
        rig.double.fail({ on: place, fault: notFound, times: 2 });
        const { result, failed } = await persistently(() => look(number));
        expect(failed).toEqual(['PullRequestNotFound', 'PullRequestNotFound']);
        expect(result).toMatchObject({ number, state: 'open' });
      });

    const others: readonly (readonly [string, FaultRule, string])[] = [
      [
        'the commit is not known to those who keep statuses',
        { on: 'GET /repos/{owner}/{repo}/commits/{ref}/status', fault: noCommit },
        'CodeHostUnavailable',
      ],
      [
        'its checks are not found',
        { on: 'GET /repos/{owner}/{repo}/commits/{ref}/check-runs', fault: notFound },
        'CodeHostUnavailable',
      ],
      [
        'the token is refused once',
        { on: `GET ${one}`, fault: answer(401, 'Bad credentials') },
        'AccessRefused',
      ],
      [
        'a page of HTML comes instead',
        { on: `GET ${one}`, fault: faults.badGateway() },
        'CodeHostUnavailable',
      ],
      ['the answer is cut short', { on: `GET ${one}`, fault: faults.truncated }, 'CodeHostUnavailable'],
    ];
    for (const [name, rule, code] of others)
      it(name, async () => {
        const number = await open();
        rig.double.fail(rule);
        const { result, failed } = await persistently(() => look(number));
        expect([failed, result.state]).toEqual([[code], 'open']);
      });
  });

  describe('a merge is done, although', () => {
    const days: readonly (readonly [string, FaultRule, string])[] = [
      ['there is no such pull request', { on: `PUT ${one}/merge`, fault: notFound }, 'PullRequestNotFound'],
      [
        'its base is not seen',
        {
          on: 'GET /repos/{owner}/{repo}/branches/{branch}',
          fault: answer(404, 'Branch not found'),
        },
        'CodeHostUnavailable',
      ],
      [
        'what landed is not seen yet',
        { on: 'GET /repos/{owner}/{repo}/git/commits/{commit_sha}', fault: notFound },
        'CodeHostUnavailable',
      ],
    ];
    for (const [name, rule, code] of days)
      it(name, async () => {
        const number = await open();
        const request = await mergeOf(number);
        rig.double.fail(rule);
        const { result, failed } = await persistently(() => activities().mergePullRequest(request));
        expect(failed).toEqual([code]);
        expect(result).toMatchObject({ kind: 'merged', onBase: true });
        expect(rig.double.effects.merges.filter((each) => each.number === number)).toHaveLength(1);
      });
  });

  describe('a decision is shown, once, although', () => {
    const days: readonly (readonly [string, FaultRule, string])[] = [
      [
        'its comment finds no pull request',
        { on: `POST ${issue}/comments`, fault: notFound },
        'PullRequestNotFound',
      ],
      ['its comment finds no node', { on: `POST ${issue}/comments`, fault: noNode }, 'CodeHostUnavailable'],
      [
        'its status finds no commit',
        { on: 'POST /repos/{owner}/{repo}/statuses/{sha}', fault: noCommit },
        'CodeHostUnavailable',
      ],
    ];
    for (const [name, rule, code] of days)
      it(name, async () => {
        const number = await open();
        rig.double.fail(rule);
        const { result, failed } = await persistently(() => publish(number));
        expect([failed, result]).toEqual([[code], null]);
        expect((await rig.host.listComments(id(number))).map(({ author }) => author)).toEqual(['phase']);
        expect(
          (await rig.host.listChecks(rig.workspace.repository, tip(head))).map(({ summary }) => summary),
        ).toEqual(['Approved by ann']);
      });
  });

  it('a pull request that is gone while its repository is seen is given up after many tries', async () => {
    await expect(look(9_999)).rejects.toMatchObject({ type: 'PullRequestNotFound', nonRetryable: false });
  });
});
