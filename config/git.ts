/** How a worker's git reaches remotes and signs its commits, as the operator wants it. */
import type { CommitIdentity, CommitIdentities } from '../domain/model/git.ts';
import type { GivenSettings } from './schema.ts';

export interface GitSettings {
  /** Names of variables that credential helpers read, beyond the usual ones. */
  readonly passes: readonly string[];
  /** Undefined: our own. */
  readonly identities: Partial<CommitIdentities>;
  /** Of merge commits, with `{subject}` where ours goes. */
  readonly mergeSubject: string | undefined;
}

/** Who is named as the author alone is the committer too. */
export function readGit({ gitPasses, gitAuthor, gitCommitter, mergeSubject }: GivenSettings): GitSettings {
  const committer: CommitIdentity | undefined = gitCommitter ?? gitAuthor;
  return {
    passes: gitPasses ?? [],
    identities: {
      ...(gitAuthor === undefined ? {} : { author: gitAuthor }),
      ...(committer === undefined ? {} : { committer }),
    },
    mergeSubject,
  };
}
