/** What goes wrong on purpose: rules in a queue, each for so many requests of one kind. */
import type { Operation } from './operations.ts';

export type Fault =
  /** The connection breaks before anything happens. Git asks once more by itself: `times: 2` for a push that fails. */
  | { readonly kind: 'dropBefore' }
  /** It happens, and the connection breaks before the answer (of a push: after its headers). */
  | { readonly kind: 'appliedThenLost' }
  /** It happens, and the connection breaks without a byte: git then pushes again by itself, and is told that refs moved. */
  | { readonly kind: 'appliedThenCut' }
  /** This answer; `applied`: after it happened, else instead. A text that is no JSON is sent as a page. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
      readonly applied?: boolean;
    }
  /** Nothing for so long, then as usual; it happens even if nobody waits any more. */
  | { readonly kind: 'hang'; readonly ms: number }
  /** It happens; the answer ends in the middle. */
  | { readonly kind: 'truncated' }
  /** It happens; the answer has the right status and a body of another shape, or (a text) no JSON. */
  | { readonly kind: 'wrongBody'; readonly body: unknown }
  /** A read that shows the repository as it was at that moment. */
  | { readonly kind: 'staleReads'; readonly moment: number }
  /** Of a push: nothing happens, and each ref is refused for this reason; `says`: lines on the way. */
  | { readonly kind: 'rejected'; readonly reason: string; readonly says?: readonly string[] }
  /** Something else happens just before. */
  | { readonly kind: 'meanwhile'; run(): void };

/** A REST operation, or git's own requests. */
export type FaultPlace = Operation | 'git push' | 'git fetch' | 'anything';

export interface FaultRule {
  readonly on: FaultPlace;
  readonly fault: Fault;
  /** How many requests it hits; 1 if left out. */
  readonly times?: number;
  /** How many matching requests pass before the first one that it hits. */
  readonly after?: number;
  /** Only requests of this account. */
  readonly login?: string;
}

export interface Faults {
  add(rule: FaultRule): void;
  /** The fault for this request, if one is due; uses it up. */
  take(place: Exclude<FaultPlace, 'anything'>, login: string | null): Fault | undefined;
  /** How many hits are still to come. */
  left(): number;
  clear(): void;
}

export function createFaults(): Faults {
  let rules: { readonly rule: FaultRule; times: number; after: number }[] = [];
  return {
    add: (rule) => void rules.push({ rule, times: rule.times ?? 1, after: rule.after ?? 0 }),
    take(place, login) {
      for (const entry of rules) {
        const { on, login: whose } = entry.rule;
        if ((on !== place && on !== 'anything') || (whose !== undefined && whose !== login)) continue;
        if (entry.after > 0) {
          entry.after -= 1;
          continue;
        }
        entry.times -= 1;
        rules = rules.filter(({ times }) => times > 0);
        return entry.rule.fault;
      }
      return undefined;
    },
    left: () => rules.reduce((sum, { times }) => sum + times, 0),
    clear: () => void (rules = []),
  };
}

const page = (title: string): string =>
  `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><p><strong>${title}</strong></p></body></html>\n`;

const documentation = 'https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api';

/** Answers of GitHub on bad days. */
export const faults = {
  dropBefore: { kind: 'dropBefore' },
  appliedThenLost: { kind: 'appliedThenLost' },
  appliedThenCut: { kind: 'appliedThenCut' },
  truncated: { kind: 'truncated' },
  serverError: (options: { readonly applied?: boolean } = {}): Fault => ({
    kind: 'answer',
    status: 500,
    body: { message: 'Server Error' },
    ...options,
  }),
  /** The unicorn, an HTML page. */
  badGateway: (options: { readonly applied?: boolean } = {}): Fault => ({
    kind: 'answer',
    status: 502,
    body: page('Unicorn! &middot; GitHub'),
    ...options,
  }),
  unavailable: (options: { readonly applied?: boolean } = {}): Fault => ({
    kind: 'answer',
    status: 503,
    body: page('503 Service Unavailable'),
    ...options,
  }),
  /** Without `retryAfter` GitHub says nothing of when. */
  secondaryLimit: ({
    retryAfter,
    status = 403,
  }: {
    readonly retryAfter?: number;
    readonly status?: 403 | 429;
  } = {}): Fault => ({
    kind: 'answer',
    status,
    body: {
      message: 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
      documentation_url: `${documentation}#about-secondary-rate-limits`,
    },
    headers: retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) },
  }),
  primaryLimit: ({
    resetAt,
    status = 403,
  }: {
    readonly resetAt: Date;
    readonly status?: 403 | 429;
  }): Fault => ({
    kind: 'answer',
    status,
    body: { message: 'API rate limit exceeded for user ID 1.', documentation_url: documentation },
    headers: {
      'x-ratelimit-remaining': '0',
      'x-ratelimit-used': '5000',
      'x-ratelimit-reset': String(Math.ceil(resetAt.getTime() / 1000)),
    },
  }),
  /** What GitHub's storage, or a scan of what was pushed, says to git. */
  rejected: (reason: string, ...says: readonly string[]): Fault => ({ kind: 'rejected', reason, says }),
  /** To git, which shows plain text. */
  refusedGit: (status: number, text: string): Fault => ({
    kind: 'answer',
    status,
    body: `${text}\n`,
    headers: { 'content-type': 'text/plain', 'www-authenticate': 'Basic realm="GitHub"' },
  }),
  hang: (ms: number): Fault => ({ kind: 'hang', ms }),
  wrongBody: (body: unknown): Fault => ({ kind: 'wrongBody', body }),
  staleReads: (moment: number): Fault => ({ kind: 'staleReads', moment }),
  meanwhile: (run: () => void): Fault => ({ kind: 'meanwhile', run }),
} as const satisfies Record<string, Fault | ((...options: never[]) => Fault)>;
