/** Tests on a real Gitea: skipped, and named in the run's summary, where it isn't built (`npm run test:gitea` builds it). */
import { describe } from '@jest/globals';
import { knownGitea } from '../support/gitea/test-gitea.ts';

export const describeOnGitea = knownGitea() === undefined ? describe.skip : describe;
