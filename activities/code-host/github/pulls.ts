/** Pull requests: found, opened, changed, closed. Each change looks first, so that a repeat after a lost answer changes nothing. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CodeHost, PullRequest, PullRequestId, PullRequestQuery } from '../port.ts';
import { isLeftOut } from '../../../domain/failure.ts';
import type { RepositoryRef } from '../../../domain/model/project.ts';
import { PortError } from '../../support/errors.ts';
import type { Client } from './client.ts';
import { isAnswer } from './errors.ts';
import { type ApiPull, complete, isOurs, toPullRequest } from './map.ts';
import { mergedAlready, shown } from '../refusals.ts';
import { sameLabels, sameText } from '../texts.ts';
import { notFoundAs, refusedToOpen, refusedToReopen } from './error-meanings.ts';

export type Pulls = Pick<
  CodeHost,
  | 'findBranch'
  | 'openPullRequest'
  | 'findPullRequests'
  | 'listPullRequests'
  | 'getPullRequest'
  | 'updatePullRequest'
  | 'closePullRequest'
  | 'reopenPullRequest'
  | 'recordMerged'
> & {
  /** As GitHub has it, once it knows whether it would merge, or after a short while. */
  readonly settledPull: (id: PullRequestId) => Promise<ApiPull>;
};

/** GitHub finds out in the background whether a pull request would merge; asking is what makes it begin. */
const pollMs = 300;
const polls = 10;

export function createPulls(client: Client): Pulls {
  const findBranch: CodeHost['findBranch'] = async (repository, branch) => {
    try {
      return await client.seek(repository, `read the branch ${shown(branch)}`, async (octokit, place) => {
        const { data } = await octokit.rest.repos.getBranch({ ...place, branch });
        return complete({ sha: data.commit.sha }).sha;
      });
    } catch (error) {
      // A renamed branch sends to its new name, which is not the one that was asked for.
      if (!isAnswer(error, 'missing', 'moved')) throw error;
      if (!/branch not found/i.test(error.said)) await client.mustSee(repository);
      return null;
    }
  };

  const getPull = ({ repository, number }: PullRequestId): Promise<ApiPull> =>
    client
      .read(repository, `read pull request #${number}`, async (octokit, place): Promise<ApiPull> => {
        const { data } = await octokit.rest.pulls.get({ ...place, pull_number: number });
        toPullRequest(data); // nonsense is refused here, whoever uses it
        return data;
      })
      .catch(notFoundAs(repository, number));

  async function settledPull(id: PullRequestId): Promise<ApiPull> {
    for (let left = polls; ; left -= 1) {
      const pull = await getPull(id);
      if (pull.state !== 'open' || typeof pull.mergeable === 'boolean' || left === 0) return pull;
      await sleep(pollMs);
    }
  }

  const change = (
    { repository, number }: PullRequestId,
    what: string,
    wanted: { readonly title?: string; readonly body?: string; readonly state?: 'open' | 'closed' },
  ): Promise<PullRequest> =>
    client
      .write(repository, `${what} pull request #${number}`, async (octokit, place) => {
        const { data } = await octokit.rest.pulls.update({ ...place, pull_number: number, ...wanted });
        return toPullRequest(data);
      })
      .catch(notFoundAs(repository, number));

  const setLabels = ({ repository, number }: PullRequestId, labels: readonly string[]) =>
    client
      .write(repository, `set the labels of pull request #${number}`, async (octokit, place) => {
        await octokit.rest.issues.setLabels({ ...place, issue_number: number, labels: [...labels] });
      })
      .catch(notFoundAs(repository, number));

  async function listed(
    repository: RepositoryRef,
    state: PullRequestQuery['state'],
    between: { readonly head?: string; readonly base?: string | undefined } = {},
  ): Promise<readonly PullRequest[]> {
    const { head, base } = between;
    return client.read(repository, 'list its pull requests', async (octokit, place) => {
      const pulls = await octokit.paginate(octokit.rest.pulls.list, {
        ...place,
        ...(head === undefined ? {} : { head: `${place.owner}:${head}` }),
        ...(base === undefined ? {} : { base }),
        state: state === 'merged' ? 'closed' : state,
        sort: 'created',
        direction: 'desc',
        per_page: 100,
      });
      return pulls
        .map((pull) => ({ pull, mapped: toPullRequest(pull) }))
        .filter(({ pull }) => head === undefined || (isOurs(pull) && pull.head.ref === head))
        .map(({ mapped }) => mapped)
        .filter((found) => base === undefined || found.base.branch === base)
        .filter((found) => state === 'all' || found.state === state);
    });
  }

  async function closePullRequest(id: PullRequestId): Promise<PullRequest> {
    const pull = await getPull(id);
    return pull.state === 'open' ? change(id, 'close', { state: 'closed' }) : toPullRequest(pull);
  }

  return {
    settledPull,
    findBranch,

    async openPullRequest({ repository, headBranch, baseBranch, title, body, labels = [] }) {
      const what = `open a pull request from ${shown(headBranch)} into ${shown(baseBranch)}`;
      const opened = await client
        .write(repository, what, async (octokit, place) => {
          const { data } = await octokit.rest.pulls.create({
            ...place,
            head: headBranch,
            base: baseBranch,
            title,
            body,
          });
          return toPullRequest(data);
        })
        .catch(refusedToOpen(repository, headBranch, baseBranch));
      if (labels.length === 0) return opened;
      try {
        await setLabels({ repository, number: opened.number }, unique(labels));
      } catch (error) {
        // It is open, and a label is decoration: whoever may not set it does without.
        if (error instanceof PortError && isLeftOut(error.code)) return opened;
        throw error;
      }
      return { ...opened, labels: unique(labels) };
    },

    findPullRequests: ({ repository, headBranch, baseBranch, state }) =>
      listed(repository, state, { head: headBranch, base: baseBranch }),
    listPullRequests: ({ repository, state }) => listed(repository, state),

    async getPullRequest(id) {
      const pull = await settledPull(id);
      const found = toPullRequest(pull);
      if (found.state !== 'open') return found;
      // What GitHub calls the base's commit may be the one from when the pull request last changed.
      const tip = await findBranch(id.repository, found.base.branch);
      return { ...found, base: { ...found.base, sha: tip ?? found.base.sha } };
    },

    async updatePullRequest({ repository, number, title, body, labels }) {
      const id = { repository, number };
      let found = toPullRequest(await getPull(id));
      const wanted = {
        ...(title === undefined || title === found.title ? {} : { title }),
        ...(body === undefined || sameText(body, found.body) ? {} : { body }),
      };
      if (Object.keys(wanted).length > 0) found = await change(id, 'change', wanted);
      if (labels === undefined || sameLabels(labels, found.labels)) return found;
      await setLabels(id, unique(labels));
      return { ...found, labels: unique(labels) };
    },

    closePullRequest,

    async reopenPullRequest(id) {
      const found = toPullRequest(await getPull(id));
      if (found.state === 'merged') throw mergedAlready(id.number);
      if (found.state === 'open') return found;
      return change(id, 'reopen', { state: 'open' }).catch(refusedToReopen(id.number));
    },

    /** GitHub says `merged` only of what it saw merged itself. */
    async recordMerged({ repository, number }) {
      await closePullRequest({ repository, number });
    },
  };
}

const unique = (labels: readonly string[]): readonly string[] => [...new Set(labels)];
