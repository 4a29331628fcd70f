/**
 * Finding pull requests by their head, for which Gitea has no question. All are listed once, newest first; later only those are that came
 * since, because no pull request ever changes its head's name. What is shown is always asked for anew.
 */
import type { RepositoryRef } from '../../../domain/model/project.ts';
import { type GiteaPull, readPull, readPulls } from './answers.schema.ts';
import { type Client, labelOf } from './client.ts';
import { isAnswer } from './errors.ts';
import { isOurs } from './map.ts';

type State = 'open' | 'closed' | 'merged' | 'all';

export interface Search {
  /** Newest first. Open ones are always among them; for `merged` and `closed` all of them are. */
  ofHead(repository: RepositoryRef, headBranch: string, state: State): Promise<readonly GiteaPull[]>;
  /** Newest first. */
  all(repository: RepositoryRef, state: 'open' | 'closed' | 'all'): Promise<readonly GiteaPull[]>;
}

interface Known {
  /** A repository that was made anew under the same name has another one. */
  readonly repositoryId: number;
  /** Number → head, of every pull request up to the newest of them. */
  readonly heads: Map<number, string>;
}

const repositoriesAtMost = 50;

export function createSearch(client: Client): Search {
  const known = new Map<string, Known>();

  const ask = (repository: RepositoryRef, state: string) => ({
    repository,
    what: 'list its pull requests',
    path: ['pulls'],
    query: { state },
  });

  const all: Search['all'] = async (repository, state) =>
    newestFirst(await client.all(ask(repository, state), readPulls));

  /** Those that nobody has seen yet, with everything; of the others only which they are. */
  async function lookThrough(
    repository: RepositoryRef,
  ): Promise<{ readonly heads: Map<number, string>; readonly fresh: readonly GiteaPull[] }> {
    const key = labelOf(repository).toLowerCase();
    let before = known.get(key)?.heads ?? new Map<number, string>();
    let repositoryId = known.get(key)?.repositoryId ?? 0;
    const fresh: GiteaPull[] = [];
    for await (const page of client.pages(ask(repository, 'all'), readPulls)) {
      const [first] = page;
      if (first !== undefined && first.base.repo_id !== repositoryId) before = new Map();
      repositoryId = first?.base.repo_id ?? repositoryId;
      const isKnown = knows(before);
      fresh.push(...page.filter((pull) => !isKnown(pull)));
      if (page.some(isKnown)) break;
    }
    const heads = new Map([...before, ...fresh.map((pull) => [pull.number, headOf(pull)] as const)]);
    if (known.size >= repositoriesAtMost) known.clear();
    known.set(key, { repositoryId, heads });
    return { heads, fresh };
  }

  /** Undefined: somebody has deleted it. */
  async function one(repository: RepositoryRef, number: number): Promise<GiteaPull | undefined> {
    const ask = { repository, what: `read pull request #${number}`, path: ['pulls', number] };
    try {
      return await client.get(ask, readPull);
    } catch (error) {
      if (isAnswer(error, 'missing') && error.code !== 'AccessRefused') return undefined;
      throw error;
    }
  }

  return {
    all,

    async ofHead(repository, headBranch, state) {
      if (state === 'open')
        return (await all(repository, 'open')).filter((pull) => headOf(pull) === headBranch);
      const { heads, fresh } = await lookThrough(repository);
      const found = new Map(fresh.map((pull) => [pull.number, pull]));
      const pulls: GiteaPull[] = [];
      for (const [number, head] of heads) {
        if (head !== headBranch) continue;
        const pull = found.get(number) ?? (await one(repository, number));
        if (pull === undefined) heads.delete(number);
        else pulls.push(pull);
      }
      return newestFirst(pulls);
    },
  };
}

const knows =
  (heads: ReadonlyMap<number, string>) =>
  ({ number }: GiteaPull): boolean =>
    heads.has(number);

/** A fork's branch is none of ours, whatever it is called. */
const headOf = (pull: GiteaPull): string => (isOurs(pull) ? pull.head.label : '');

/** Once each: what comes while pages are turned moves others to the next one. */
const newestFirst = (pulls: readonly GiteaPull[]): readonly GiteaPull[] =>
  [...new Map(pulls.map((pull) => [pull.number, pull])).values()].sort((a, b) => b.number - a.number);
