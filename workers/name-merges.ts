/** Merge commits with a subject of the operator's making, for remotes whose rules want one. */
import type { CodeHost } from '../activities/code-host/port.ts';
import type { Git } from '../activities/git/port.ts';
import type { CommitMetadata } from '../domain/model/git.ts';
import { inTemplate } from '../domain/text/commit-message.ts';

export interface MergeNames {
  /** Commits with two parents. */
  git(git: Git): Git;
  /** Commits that a code host makes when it merges, squashed ones too. */
  host(host: CodeHost): CodeHost;
}

/** `template`: with `{subject}` where ours goes; undefined: ours alone. */
export function nameMerges(template: string | undefined): MergeNames {
  if (template === undefined) return { git: (git) => git, host: (host) => host };
  const named = (metadata: CommitMetadata): CommitMetadata => ({
    ...metadata,
    subject: inTemplate(template, metadata.subject),
  });
  return {
    git: (git) => ({
      ...git,
      commitTree: (repository, commit) =>
        git.commitTree(
          repository,
          commit.parents.length < 2 ? commit : { ...commit, metadata: named(commit.metadata) },
        ),
    }),
    host: (host) => ({
      ...host,
      mergePullRequest: (request) => host.mergePullRequest({ ...request, metadata: named(request.metadata) }),
    }),
  };
}
