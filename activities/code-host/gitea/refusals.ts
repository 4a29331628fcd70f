/** What a no of Gitea's means, for those who know what was asked. */
import type { RepositoryRef } from '../../../domain/model/project.ts';
import { PortError } from '../../support/errors.ts';
import { noPullRequest, shown } from '../refusals.ts';
import { nameOf } from '../repositories.ts';
import { isAnswer } from './errors.ts';

type Rethrow = (error: unknown) => never;

/** `PullRequestNotFound` for what is missing. */
export const notFoundAs =
  (repository: RepositoryRef, number: number): Rethrow =>
  (error) => {
    throw isAnswer(error, 'missing') && error.code !== 'AccessRefused'
      ? noPullRequest(nameOf(repository), number)
      : error;
  };

export const refusedToReview =
  (number: number): Rethrow =>
  (error) => {
    if (!isAnswer(error, 'invalid') || !/your own pull/i.test(error.said)) throw error;
    throw new PortError(
      'NotAnApprover',
      `Whoever opened pull request #${number} cannot review it; somebody else has to (Gitea says: ${error.said}).`,
    );
  };

export const branchMissing = (code: 'HeadInvalid' | 'BaseInvalid', on: string, branch: string): PortError =>
  new PortError(
    code,
    `The ${code === 'HeadInvalid' ? 'head' : 'base'} branch ${shown(branch)} does not exist on ${on}. Push it, then try again.`,
  );

export const placeTaken = (number: number): PortError =>
  new PortError('AlreadyExists', `Pull request #${number} cannot be reopened: another one took its place.`);

export const methodNotAllowed = (on: string, method: 'merge' | 'squash'): PortError =>
  new PortError(
    'CodeHostRefused',
    `${on} does not allow ${method === 'merge' ? 'merge commits' : 'squash merging'}. Allow it in the repository's settings (Repository, Pull Requests), or choose the other way to merge.`,
  );
