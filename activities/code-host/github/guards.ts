/** GitHub's limits and secrets, as the room keeps them. */
import { createRateLimits, type Limits, type WaitAsked } from '../rate-limits.ts';
import { createSecrets, type Secrets } from '../secrets.ts';
import { seconds } from '../wire.ts';
import { isHttpError, wordsOf } from './reading.ts';

/** What GitHub's tokens and an App's signatures look like, whoever they belong to. */
const secretShapes = [
  /\b(?:gh[a-z]_[A-Za-z0-9_]{16,}|github_pat_[A-Za-z0-9_]{16,})/g,
  /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}/g,
];

export const gitHubSecrets = (): Secrets => createSecrets('GITHUB_TOKEN', secretShapes);

export const gitHubLimits = (clock: () => number): Limits =>
  createRateLimits({ name: 'GitHub', clock, waitAsked });

/** A primary or a secondary limit. */
function waitAsked(error: unknown, now: number): WaitAsked {
  if (!isHttpError(error) || error.response === undefined) return undefined;
  const { status, response } = error;
  if (status !== 403 && status !== 429) return undefined;
  const { headers } = response;
  const asked = seconds(headers['retry-after']);
  if (asked !== undefined) return Math.max(asked, 1_000);
  if (headers['x-ratelimit-remaining'] === '0') {
    const reset = seconds(headers['x-ratelimit-reset']);
    // By the server's own clock; ours may be wrong.
    const serverNow = Date.parse(headers['date'] ?? '') || now;
    return reset === undefined ? 'unsaid' : Math.max(reset - serverNow, 0) + 1_000;
  }
  const limited = status === 429 || /secondary rate limit|abuse detection/i.test(wordsOf(response.data, []));
  return limited ? 'unsaid' : undefined;
}
