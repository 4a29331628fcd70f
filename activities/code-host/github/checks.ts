/** What other programs say of a commit, and what we say of it. Check runs and statuses are one list: people don't tell them apart. */
import type { RepositoryRef } from '../../../domain/model/project.ts';
import type { CodeHost, HostCheck } from '../port.ts';
import type { Client } from './client.ts';
import { isAnswer } from './errors.ts';
import { oneLine } from '../texts.ts';
import { type ApiStatus, fromCheckRun, fromStatus, statusLine } from './map.ts';

export function createChecks(client: Client): Pick<CodeHost, 'listChecks' | 'setStatus'> {
  const checkRuns = (repository: RepositoryRef, sha: string): Promise<readonly HostCheck[]> =>
    client
      .read(repository, `read the check runs of ${sha}`, async (octokit, place) => {
        const runs = await octokit.paginate(octokit.rest.checks.listForRef, {
          ...place,
          ref: sha,
          filter: 'latest',
          per_page: 100,
        });
        return runs.map(fromCheckRun);
      })
      .catch((error: unknown) => {
        // Not every kind of token may read them. What can be read is still told.
        if (isAnswer(error, 'refused')) return [];
        throw error;
      });

  /** The newest of each context. */
  const statuses = (repository: RepositoryRef, sha: string): Promise<readonly HostCheck[]> =>
    client.read(repository, `read the statuses of ${sha}`, async (octokit, place) => {
      const found = await octokit.paginate(
        octokit.rest.repos.getCombinedStatusForRef,
        { ...place, ref: sha, per_page: 100 },
        // Octokit's types take the page for the list in it.
        ({ data }) => (data as unknown as { readonly statuses: ApiStatus[] }).statuses,
      );
      return found.map(fromStatus);
    });

  return {
    async listChecks(repository, sha) {
      const runs = await checkRuns(repository, sha);
      return [...runs, ...(await statuses(repository, sha))];
    },

    async setStatus({ repository, sha, context, state, description }) {
      const line = statusLine(description);
      const known = (await statuses(repository, sha)).find(({ name }) => name === context);
      if (known?.state === state && known.summary === oneLine(line)) return;
      await client.write(repository, `set the status ${context} of ${sha}`, async (octokit, place) => {
        await octokit.rest.repos.createCommitStatus({ ...place, sha, state, context, description: line });
      });
    },
  };
}
