/** What other programs say of a commit, and what we say of it. Check runs and statuses are one list: people don't tell them apart. */
import type { RepositoryRef } from '../../../domain/model/project.ts';
import type { CodeHost, HostCheck } from '../port.ts';
import type { Client } from './client.ts';
import { isAnswer } from './errors.ts';
import { oneLine } from '../texts.ts';
import { fromCheckRun, fromStatus, statusLine } from './map.ts';

const perPage = 100;

export function createChecks(client: Client): Pick<CodeHost, 'listChecks' | 'setStatus'> {
  const checkRuns = (repository: RepositoryRef, sha: string): Promise<readonly HostCheck[]> =>
    client.read(repository, `read the check runs of ${sha}`, (octokit, { owner, repo }) =>
      allPages(async (page) => {
        const { data } = await octokit.rest.checks.listForRef({
          owner,
          repo,
          ref: sha,
          filter: 'latest',
          per_page: perPage,
          page,
        });
        return { total: data.total_count, found: data.check_runs.map(fromCheckRun) };
      }),
    );

  /** The newest of each context. */
  const statuses = (repository: RepositoryRef, sha: string): Promise<readonly HostCheck[]> =>
    client.read(repository, `read the statuses of ${sha}`, (octokit, { owner, repo }) =>
      allPages(async (page) => {
        const { data } = await octokit.rest.repos.getCombinedStatusForRef({
          owner,
          repo,
          ref: sha,
          per_page: perPage,
          page,
        });
        return { total: data.total_count, found: data.statuses.map(fromStatus) };
      }),
    );

  return {
    async listChecks(repository, sha) {
      const runs = await checkRuns(repository, sha).catch(noneIfRefused);
      return [...runs, ...(await statuses(repository, sha).catch(noneIfRefused))];
    },

    async setStatus({ repository, sha, context, state, description }) {
      const line = statusLine(description);
      const known = (await statuses(repository, sha).catch(noneIfRefused)).find(
        ({ name }) => name === context,
      );
      if (known?.state === state && known.summary === oneLine(line)) return;
      await client.write(repository, `set the status ${context} of ${sha}`, async (octokit, place) => {
        await octokit.rest.repos.createCommitStatus({ ...place, sha, state, context, description: line });
      });
    },
  };
}

/** Not every credential may read both. What can be read is still told. */
function noneIfRefused(error: unknown): readonly HostCheck[] {
  if (isAnswer(error, 'refused')) return [];
  throw error;
}

/** Octokit's own `paginate` tells these answers from a list by their other fields; their number of entries is what they promise. */
async function allPages(
  read: (page: number) => Promise<{ readonly total: number; readonly found: readonly HostCheck[] }>,
): Promise<readonly HostCheck[]> {
  const all: HostCheck[] = [];
  for (let page = 1; ; page += 1) {
    const { total, found } = await read(page);
    all.push(...found);
    if (found.length === 0 || !(all.length < total)) return all;
  }
}
