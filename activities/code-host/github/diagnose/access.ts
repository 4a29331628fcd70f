/** As whom a look at a GitHub set-up was made. */
import type { Diagnostic } from '../../../../domain/model/diagnostic.ts';

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
