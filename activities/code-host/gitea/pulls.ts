/** Pull requests: found, opened, changed, closed. Each change looks first, so that a repeat after a lost answer changes nothing. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isLeftOut } from '../../../domain/failure.ts';
import type { RepositoryRef } from '../../../domain/model/project.ts';
import { PortError } from '../../support/errors.ts';
import type { CodeHost, PullRequest, PullRequestId } from '../port.ts';
import { mergedAlready, shown } from '../refusals.ts';
import { sameLabels, sameText } from '../texts.ts';
import { type GiteaBranch, type GiteaPull, readBranch, readPull } from './answers.schema.ts';
import { type Client, labelOf } from './client.ts';
import { isAnswer } from './errors.ts';
import type { History } from './history.ts';
import type { Labels } from './labels.ts';
import { isOurs, toPullRequest } from './map.ts';
import { createOpening } from './opening.ts';
import { branchMissing, notFoundAs, placeTaken } from './refusals.ts';
import type { Search } from './search.ts';

export type Pulls = Pick<
  CodeHost,
  | 'findBranch'
  | 'openPullRequest'
  | 'findPullRequests'
  | 'listPullRequests'
  | 'updatePullRequest'
  | 'closePullRequest'
  | 'reopenPullRequest'
> & {
  /** As Gitea has it, once it has taken up the last push and looked whether that would merge, or after a short while. */
  readonly settledPull: (id: PullRequestId) => Promise<SettledPull>;
  /** Null: there is no such branch. */
  readonly readBranch: (repository: RepositoryRef, branch: string) => Promise<GiteaBranch | null>;
};

export interface PullParts {
  readonly history: History;
  readonly labels: Labels;
  readonly search: Search;
}

export interface SettledPull extends GiteaPull {
  /** False: Gitea is still at it. */
  readonly settled: boolean;
}

/** Gitea looks in the background whether a pull request would merge. */
const pollMs = 300;
const polls = 10;
const rememberAtMost = 500;

export function createPulls(client: Client, { history, labels, search }: PullParts): Pulls {
  /** Of which pull requests Gitea has said long enough that they don't merge: it isn't waited for again. */
  const conflicts = new Map<string, string>();

  const branchOf: Pulls['readBranch'] = async (repository, branch) => {
    try {
      const ask = { repository, what: `read the branch ${shown(branch)}`, path: ['branches', branch] };
      return await client.seek(ask, readBranch);
    } catch (error) {
      if (!isAnswer(error, 'missing')) throw error;
      await client.mustSee(repository);
      return null;
    }
  };
  const findBranch: CodeHost['findBranch'] = async (repository, branch) =>
    (await branchOf(repository, branch))?.commit.id ?? null;

  const getPull = ({ repository, number }: PullRequestId): Promise<GiteaPull> =>
    client
      .get({ repository, what: `read pull request #${number}`, path: ['pulls', number] }, readPull)
      .catch(notFoundAs(repository, number));

  async function settledPull(id: PullRequestId): Promise<SettledPull> {
    for (let left = polls; ; left -= 1) {
      const pull = await getPull(id);
      const settled = pull.state !== 'open' || !isOurs(pull) || (await isTaken(id, pull));
      const looked = pull.draft || pull.mergeable || conflicts.get(keyOf(id)) === tipsOf(pull);
      if (pull.state !== 'open' || (settled && looked) || left === 0) {
        if (left === 0 && settled) remember(id, pull);
        return { ...(await history.asInGit(id.repository, pull)), settled };
      }
      await sleep(pollMs);
    }
  }
  function remember(id: PullRequestId, pull: GiteaPull): void {
    if (conflicts.size >= rememberAtMost) conflicts.clear();
    conflicts.set(keyOf(id), tipsOf(pull));
  }
  const isTaken = async ({ repository, number }: PullRequestId, { head }: GiteaPull): Promise<boolean> =>
    (await history.headTaken(repository, number)) === head.sha;

  const change = (
    { repository, number }: PullRequestId,
    what: string,
    body: { readonly title?: string; readonly body?: string; readonly state?: 'open' | 'closed' },
  ): Promise<GiteaPull> =>
    client
      .change(
        {
          repository,
          what: `${what} pull request #${number}`,
          method: 'PATCH',
          path: ['pulls', number],
          body,
        },
        readPull,
      )
      .catch(notFoundAs(repository, number));

  const open = createOpening(client, {
    history,
    findBranch,
    search,
    close: (id) => change(id, 'close', closed),
  });

  return {
    settledPull,
    readBranch: branchOf,
    findBranch,

    async openPullRequest(request) {
      const opened = await open(request);
      const wanted = [...new Set(request.labels ?? [])];
      if (wanted.length === 0) return toPullRequest(opened);
      try {
        await labels.set({ repository: request.repository, number: opened.number }, wanted, opened.labels);
      } catch (error) {
        // It is open, and a label is decoration: whoever may not set it does without.
        if (error instanceof PortError && isLeftOut(error.code)) return toPullRequest(opened);
        throw error;
      }
      return { ...toPullRequest(opened), labels: wanted };
    },

    async findPullRequests({ repository, headBranch, baseBranch, state }) {
      const found: PullRequest[] = [];
      for (const pull of await search.ofHead(repository, headBranch, state))
        found.push(toPullRequest(await history.asInGit(repository, pull)));
      return found.filter(
        (each) =>
          (baseBranch === undefined || each.base.branch === baseBranch) &&
          (state === 'all' || each.state === state),
      );
    },

    async listPullRequests({ repository, state }) {
      const listed = (await search.all(repository, state === 'merged' ? 'closed' : state)).map(toPullRequest);
      return listed.filter((each) => state === 'all' || each.state === state);
    },

    async updatePullRequest({ repository, number, title, body, labels: names }) {
      const id = { repository, number };
      let pull = await getPull(id);
      const wanted = {
        ...(title === undefined || sameTitle(title, pull.title) ? {} : { title }),
        ...(body === undefined || sameText(body, pull.body) ? {} : { body }),
      };
      if (Object.keys(wanted).length > 0) pull = await change(id, 'change', wanted);
      const found = toPullRequest(pull);
      if (names === undefined || sameLabels(names, found.labels)) return found;
      await labels.set(id, [...new Set(names)], pull.labels);
      return { ...found, labels: [...new Set(names)] };
    },

    async closePullRequest(id) {
      const pull = await getPull(id);
      return toPullRequest(pull.state === 'open' ? await change(id, 'close', closed) : pull);
    },

    async reopenPullRequest(id) {
      const { repository, number } = id;
      const found = toPullRequest(await getPull(id));
      if (found.state === 'merged') throw mergedAlready(number);
      if (found.state === 'open') return found;
      // Gitea reopens whatever it is asked for.
      const { head, base } = found;
      const open = await search.ofHead(repository, head.branch, 'open');
      if (open.some((other) => other.base.label === base.branch)) throw placeTaken(number);
      if ((await findBranch(repository, head.branch)) === null)
        throw branchMissing('HeadInvalid', labelOf(repository), head.branch);
      return toPullRequest(await change(id, 'reopen', { state: 'open' }));
    },
  };
}

const closed = { state: 'closed' } as const;

const keyOf = ({ repository, number }: PullRequestId): string => `${labelOf(repository)}#${number}`;
const tipsOf = ({ head, base }: GiteaPull): string => `${head.sha} ${base.sha}`;

/** Gitea cuts what is too wide for it. */
const sameTitle = (wanted: string, kept: string): boolean =>
  wanted === kept || (/.…$/u.test(kept) && wanted.startsWith(kept.slice(0, -1)));
