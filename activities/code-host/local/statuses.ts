/** What is said of commits, kept beside the pull requests: one file per commit. Nobody but us says anything of them here. */
import type { RepositoryRef } from '../../../domain/model/project.ts';
import type { CodeHost, HostCheck } from '../port.ts';
import type { PullRequestStore } from './store.ts';

export function createStatuses(
  storeOf: (repository: RepositoryRef) => PullRequestStore,
): Pick<CodeHost, 'listChecks' | 'setStatus'> {
  return {
    listChecks: (repository, sha) => storeOf(repository).statuses(sha),

    setStatus: ({ repository, sha, context, state, description }) =>
      storeOf(repository).changeStatuses(sha, (statuses) => {
        const status: HostCheck = { name: context, state, summary: description, url: null };
        const same = statuses.some((other) => JSON.stringify(other) === JSON.stringify(status));
        return same ? statuses : [...statuses.filter(({ name }) => name !== context), status];
      }),
  };
}
