/** What a no of GitHub's means, for those who know what was asked; and what is refused before GitHub is asked. */
import type { RepositoryRef } from '../../../domain/model/project.ts';
import { PortError } from '../../support/errors.ts';
import { alreadyOpen, noCommits, noPullRequest, shown } from '../refusals.ts';
import { nameOf } from '../repositories.ts';
import { isAnswer } from './errors.ts';
import type { Complaint } from './reading.ts';

export const badKey = (appId: string): PortError =>
  new PortError(
    'InvalidConfig',
    `The private key of the GitHub App ${appId} is not an RSA key in PEM. Give the whole file that GitHub made for it, from its first line to its last.`,
  );

export const appNotInstalled = (on: string, said: string): PortError =>
  new PortError(
    'AccessRefused',
    `The GitHub App is not installed on ${on}, or ${on} does not exist (GitHub says: ${said}). Install it there, with access to this repository; the work then goes on by itself.`,
  );

export const outOfReach = (on: string, said: string): PortError =>
  new PortError(
    'AccessRefused',
    `GitHub shows no repository ${on} to this credential (it says: ${said}). If it still exists, give the credential access to it, or the worker another one; the work then goes on by itself.`,
  );

export const movedOutOfReach = (on: string, said: string): PortError =>
  new PortError(
    'AccessRefused',
    `${on} was renamed or transferred, and this credential does not see it under its new name (GitHub says: ${said}). Give the credential access to it there, or give it its old name back; the work then goes on by itself.`,
  );

type Rethrow = (error: unknown) => never;

/** `PullRequestNotFound` for what is missing. */
export const notFoundAs =
  (repository: RepositoryRef, number: number): Rethrow =>
  (error) => {
    if (!isAnswer(error, 'missing')) throw error;
    throw noPullRequest(nameOf(repository), number);
  };

export const refusedToOpen =
  (repository: RepositoryRef, head: string, base: string): Rethrow =>
  (error) => {
    if (!isAnswer(error, 'invalid')) throw error;
    const on = nameOf(repository);
    const complains = (about: (complaint: Complaint) => boolean) => error.complaints.some(about);
    if (complains(({ message }) => /pull request already exists/i.test(message)))
      throw alreadyOpen(on, head, base);
    if (complains(({ message }) => /no commits between/i.test(message))) throw noCommits(on, head, base);
    for (const [field, code, branch] of [
      ['head', 'HeadInvalid', head],
      ['base', 'BaseInvalid', base],
    ] as const) {
      if (!complains((complaint) => complaint.field === field)) continue;
      throw new PortError(
        code,
        `The ${field} branch ${shown(branch)} does not exist on ${on} (GitHub says: ${error.said}). Push it, then try again.`,
      );
    }
    throw error;
  };

export const refusedToReopen =
  (number: number): Rethrow =>
  (error) => {
    if (!isAnswer(error, 'invalid')) throw error;
    if (/already (an )?open|already exists/i.test(error.said)) {
      throw new PortError(
        'AlreadyExists',
        `Pull request #${number} cannot be reopened: another one took its place (GitHub says: ${error.said}).`,
      );
    }
    if (/no new commits/i.test(error.said)) {
      throw new PortError(
        'NoCommits',
        `Pull request #${number} cannot be reopened: there is nothing to merge (GitHub says: ${error.said}).`,
      );
    }
    if (/deleted|force.pushed|recreated/i.test(error.said)) {
      throw new PortError(
        'HeadInvalid',
        `Pull request #${number} cannot be reopened: its branch is not what it was (GitHub says: ${error.said}). Open a new one.`,
      );
    }
    throw error;
  };

export const refusedToReview =
  (number: number): Rethrow =>
  (error) => {
    if (!isAnswer(error, 'invalid') || !/your own pull request/i.test(error.said)) throw error;
    throw new PortError(
      'NotAnApprover',
      `Whoever opened pull request #${number} cannot review it; somebody else has to (GitHub says: ${error.said}).`,
    );
  };

export const methodNotAllowed = (on: string, method: 'merge' | 'squash', said: string): PortError =>
  new PortError(
    'CodeHostRefused',
    `${on} does not allow ${method === 'merge' ? 'merge commits' : 'squash merging'} (GitHub says: ${said}). Allow it in the repository's settings (General, Pull Requests), or choose the other way to merge.`,
  );
