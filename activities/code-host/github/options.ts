import type { GitHubAccess } from '../../../domain/code-host/github-access.ts';

export interface GitHubOptions extends GitHubAccess {
  /** Of one request; default 30 s. */
  readonly timeoutMs?: number;
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
}
