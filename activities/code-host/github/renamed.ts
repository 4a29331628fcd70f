/** What a branch that was renamed on GitHub is called now: a read of the old name is redirected to the new one. */
import type { CodeHost } from '../port.ts';
import { shown } from '../refusals.ts';
import type { Client } from './client.ts';
import { isAnswer, redirectedTo } from './errors.ts';

export const createRenamed = (client: Client): Pick<CodeHost, 'findRenamed'> => ({
  findRenamed: (repository, branch) =>
    client
      .seek(repository, `find what the branch ${shown(branch)} is called`, (octokit, place) =>
        octokit.rest.repos.getBranch({ ...place, branch }).then(
          () => null,
          (error: unknown) => {
            const location = redirectedTo(error);
            if (location === undefined) throw error;
            return nameIn(location, branch);
          },
        ),
      )
      .catch((error: unknown) => {
        if (isAnswer(error, 'missing')) return null;
        throw error;
      }),
});

/** Null: the same one, of a repository that was renamed, or no branch at all. */
function nameIn(location: string, branch: string): string | null {
  const [, encoded] = /\/branches\/([^?#]+)$/.exec(location) ?? [];
  if (encoded === undefined) return null;
  const name = decodeURIComponent(encoded);
  return name === branch ? null : name;
}
