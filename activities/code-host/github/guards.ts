/** GitHub's limits and secrets, as the room keeps them. */
import { createRateLimits, type Limits } from '../rate-limits.ts';
import { createSecrets, type Secrets } from '../secrets.ts';
import { waitAsked } from './errors.ts';

/** What GitHub's tokens and an App's signatures look like, whoever they belong to. */
const secretShapes = [
  /\b(?:gh[a-z]_[A-Za-z0-9_]{16,}|github_pat_[A-Za-z0-9_]{16,})/g,
  /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}/g,
];

export const gitHubSecrets = (): Secrets => createSecrets('GITHUB_TOKEN', secretShapes);

export const gitHubLimits = (clock: () => number): Limits =>
  createRateLimits({ name: 'GitHub', clock, waitAsked });
