/** What a look at a GitHub set-up is about, and as whom it was made. */
import type { Diagnostic } from '../../../../domain/model/diagnostic.ts';

export interface About {
  /** Where the webhook should lead; left out: any address that ends in `/github`. */
  readonly webhookUrl?: string | undefined;
  /** Left out: the default branch. */
  readonly base?: string | undefined;
  /** How the last pull request is merged; left out: a merge commit. */
  readonly mergeMethod?: 'merge' | 'squash' | undefined;
}

/** As whom we act: undefined when there is no use in looking further. */
export interface Access {
  readonly findings: readonly Diagnostic[];
  readonly acting?: {
    readonly login: string;
    readonly kind: 'classic' | 'fine-grained' | 'app';
    /** Whether public repositories are all that it may change. */
    readonly publicOnly: boolean;
    /** Of the App's installation; of tokens nothing is known. */
    readonly events: readonly string[] | null;
  };
}
