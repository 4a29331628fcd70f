/** What other programs say of a commit, and what we say of it: Gitea has statuses alone, its own jobs report as such. */
import type { RepositoryRef } from '../../../domain/model/project.ts';
import type { CodeHost, HostCheck } from '../port.ts';
import { oneLine } from '../texts.ts';
import { readStatuses } from './answers.schema.ts';
import type { Client } from './client.ts';
import { toCheck } from './map.ts';

export function createChecks(client: Client): Pick<CodeHost, 'listChecks' | 'setStatus'> {
  /** The newest of each context. */
  const listChecks = async (repository: RepositoryRef, sha: string): Promise<readonly HostCheck[]> => {
    const ask = { repository, what: `read the statuses of ${sha}`, path: ['commits', sha, 'status'] };
    return (await client.all(ask, readStatuses)).map(toCheck);
  };

  return {
    listChecks,

    async setStatus({ repository, sha, context, state, description }) {
      const line = oneLine(description);
      const known = (await listChecks(repository, sha)).find(({ name }) => name === context);
      if (known?.state === state && known.summary === line) return;
      await client.change(
        {
          repository,
          what: `set the status ${context} of ${sha}`,
          method: 'POST',
          path: ['statuses', sha],
          body: { state, context, description: line },
        },
        () => undefined,
      );
    },
  };
}
