/**
 * Opening a pull request. Gitea takes one without commits, answers alike whichever branch is missing, and looks for one that is open
 * before it makes another, so that two at once both come through: here it is one per head and base.
 */
import type { CodeHost, OpenPullRequest, PullRequestId } from '../port.ts';
import { alreadyOpen, noCommits, shown } from '../refusals.ts';
import { type GiteaPull, readPull } from './answers.schema.ts';
import { type Client, labelOf } from './client.ts';
import { isAnswer } from './errors.ts';
import type { History } from './history.ts';
import { branchMissing } from './refusals.ts';
import type { Search } from './search.ts';

export interface OpeningParts extends Pick<CodeHost, 'findBranch'> {
  readonly history: History;
  readonly search: Search;
  readonly close: (id: PullRequestId) => Promise<unknown>;
}

export type Opening = (request: OpenPullRequest) => Promise<GiteaPull>;

export function createOpening(client: Client, parts: OpeningParts): Opening {
  const { history, search, findBranch, close } = parts;
  const underWay = new Map<string, Promise<unknown>>();

  async function open(request: OpenPullRequest): Promise<GiteaPull> {
    const { repository, headBranch, baseBranch, title, body } = request;
    const on = labelOf(repository);
    const head = await findBranch(repository, headBranch);
    if (head === null) throw branchMissing('HeadInvalid', on, headBranch);
    const base = await findBranch(repository, baseBranch);
    if (base === null) throw branchMissing('BaseInvalid', on, baseBranch);
    if (!(await history.hasCommitsBeyond(repository, head, base)))
      throw noCommits(on, headBranch, baseBranch);
    const opened = await client
      .change(
        {
          repository,
          what: `open a pull request from ${shown(headBranch)} into ${shown(baseBranch)}`,
          method: 'POST',
          path: ['pulls'],
          body: { head: headBranch, base: baseBranch, title, body },
        },
        readPull,
      )
      .catch((error: unknown) => {
        throw isAnswer(error, 'conflict') ? alreadyOpen(on, headBranch, baseBranch) : error;
      });
    const rivals = (await search.ofHead(repository, headBranch, 'open')).filter(
      ({ number, base: target }) => target.label === baseBranch && number < opened.number,
    );
    if (rivals.length === 0) return opened;
    await close({ repository, number: opened.number });
    throw alreadyOpen(on, headBranch, baseBranch);
  }

  /** Of this process one after the other; of several the first number stays. */
  return async (request) => {
    const { repository, headBranch, baseBranch } = request;
    const key = JSON.stringify([labelOf(repository).toLowerCase(), headBranch, baseBranch]);
    const before = underWay.get(key) ?? Promise.resolve();
    const mine = before.then(
      () => open(request),
      () => open(request),
    );
    underWay.set(key, mine);
    return mine.finally(() => {
      if (underWay.get(key) === mine) underWay.delete(key);
    });
  };
}
