/** What every look at a code host's set-up has in common: what it is about, what is said of its clock, and of answers that can't be read. */
import { type Diagnostic, problem, warning } from '../../domain/model/diagnostic.ts';
import { PortError } from '../support/errors.ts';
import type { Objections } from './port.ts';

export interface Named {
  readonly owner: string;
  readonly name: string;
}

/** What will be merged there. */
export interface Merges {
  /** How the last pull request is merged. */
  readonly squash: boolean;
  /** Those of phases are merged before it, with merge commits. */
  readonly mergesPhases: boolean;
}

export interface About {
  /** Where the webhook should lead; left out: any address that ends in `/github`. */
  readonly webhookUrl?: string | undefined;
  /** Left out: the default branch. */
  readonly base?: string | undefined;
  /** How the last pull request is merged; left out: a merge commit. */
  readonly mergeMethod?: 'merge' | 'squash' | undefined;
}

type Section = (what: string, look: () => Promise<readonly Diagnostic[]>) => Promise<readonly Diagnostic[]>;

/** What cannot be found out is a finding of its own: the others still count. `host`: whose answers it reads, e.g. GitHub. */
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

/** Signatures begin half a minute early; more than that is worth a word. */
const agreeMs = 30_000;

/** `whose`: the host's, in the genitive; `behind`: milliseconds by which this machine is behind, NaN if that isn't known. */
export function clockOff(whose: string, behind: number, consequence = ''): readonly Diagnostic[] {
  if (Number.isNaN(behind) || Math.abs(behind) <= agreeMs) return [];
  const off = Math.round(Math.abs(behind) / 1_000);
  return [
    warning(
      'Clock',
      `This machine's clock is ${off} s ${behind > 0 ? 'behind' : 'ahead of'} ${whose}.${consequence} Let the system set its clock (NTP).`,
    ),
  ];
}

/** What findings say to a project that is to start: each once, with what it is about. */
export function objectionsOf(findings: readonly Diagnostic[]): Objections {
  const told = (wanted: Diagnostic['state']): readonly string[] => [
    ...new Set(
      findings.filter(({ state }) => state === wanted).map(({ what, detail }) => `${what}: ${detail}`),
    ),
  ];
  return { problems: told('problem'), warnings: told('warning') };
}
