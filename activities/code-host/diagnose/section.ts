/** What cannot be found out is a finding of its own: the others still count. */
import { type Diagnostic, problem, warning } from '../../../domain/model/diagnostic.ts';
import { PortError } from '../../support/errors.ts';

export type Section = (
  what: string,
  look: () => Promise<readonly Diagnostic[]>,
) => Promise<readonly Diagnostic[]>;

/** `host`: whose answers it reads, e.g. GitHub. */
export const sectionsOf =
  (host: string): Section =>
  async (what, look) => {
    try {
      return await look();
    } catch (error) {
      if (!(error instanceof PortError))
        return [problem(what, `${host}'s answer makes no sense: ${String(error)}`)];
      return [(error.code === 'RateLimited' ? warning : problem)(what, error.message)];
    }
  };
