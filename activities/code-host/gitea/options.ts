import type { GiteaAccess } from '../../../domain/code-host/gitea-access.ts';

export interface GiteaOptions extends GiteaAccess {
  /** Of one request; default 30 s. */
  readonly timeoutMs?: number;
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
}
