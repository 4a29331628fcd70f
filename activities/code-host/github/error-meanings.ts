/** What a no of GitHub's means, for those who know what was asked; and what is refused before GitHub is asked. */
import type { RepositoryRef } from '../../../domain/model/project.ts';
import { escapeControls } from '../../../domain/text/escape.ts';
import { PortError } from '../../support/errors.ts';
import { type Complaint, isAnswer } from './errors.ts';

export const notHosted = (repository: RepositoryRef): PortError =>
  new PortError(
    'NoCodeHost',
    `${repository.kind === 'path' ? repository.path : repository.kind === 'url' ? repository.url.replace(/\/\/[^/@]*@/, '//') : ''} is not named as a repository on GitHub. Name it owner/name.`,
  );

export const badName = (name: string): PortError =>
  new PortError(
    'RepositoryNotFound',
    `'${escapeControls(name)}' cannot be the name of a repository on GitHub. Name it owner/name.`,
  );

export const badKey = (appId: string): PortError =>
  new PortError(
    'InvalidConfig',
    `The private key of the GitHub App ${appId} is not an RSA key in PEM. Give the whole file that GitHub made for it, from its first line to its last.`,
  );

export const appNotInstalled = (on: string, said: string): PortError =>
  new PortError(
    'CodeHostRefused',
    `The GitHub App is not installed on ${on}, or ${on} does not exist (GitHub says: ${said}). Install it there, with access to this repository.`,
  );

export const invalid = (what: string): PortError => new PortError('InvalidMessage', what);

export const shown = (name: string): string => `'${escapeControls(name)}'`;

const nameOf = (repository: RepositoryRef): string =>
  repository.kind === 'hosted' ? `${repository.owner}/${repository.name}` : 'this repository';

type Rethrow = (error: unknown) => never;

/** `PullRequestNotFound` for what is missing. */
export const notFoundAs =
  (repository: RepositoryRef, number: number): Rethrow =>
  (error) => {
    if (!isAnswer(error, 'missing')) throw error;
    throw new PortError(
      'PullRequestNotFound',
      `${nameOf(repository)} has no pull request #${number}, or this credential cannot see it.`,
    );
  };

export const refusedToOpen =
  (repository: RepositoryRef, head: string, base: string): Rethrow =>
  (error) => {
    if (!isAnswer(error, 'invalid')) throw error;
    const on = nameOf(repository);
    const complains = (about: (complaint: Complaint) => boolean) => error.complaints.some(about);
    if (complains(({ message }) => /pull request already exists/i.test(message))) {
      throw new PortError(
        'AlreadyExists',
        `A pull request from ${shown(head)} into ${shown(base)} is already open on ${on}. Use that one.`,
      );
    }
    if (complains(({ message }) => /no commits between/i.test(message))) {
      throw new PortError(
        'NoCommits',
        `There are no commits between ${shown(base)} and ${shown(head)} on ${on}: nothing to merge.`,
      );
    }
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

export const mergedAlready = (number: number): PortError =>
  new PortError(
    'PullRequestClosed',
    `Pull request #${number} is merged; it cannot be reopened. Open a new one for further commits.`,
  );

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

export const baseInvalid = (on: string, branch: string): PortError =>
  new PortError(
    'BaseInvalid',
    `The base branch ${shown(branch)} does not exist on ${on}. Push it, or choose another base.`,
  );

export const forkedHead = (on: string, number: number): PortError =>
  new PortError(
    'HeadInvalid',
    `The head of pull request #${number} is a branch of another repository than ${on}; only branches of the same one are merged.`,
  );

export const methodNotAllowed = (on: string, method: 'merge' | 'squash', said: string): PortError =>
  new PortError(
    'CodeHostRefused',
    `${on} does not allow ${method === 'merge' ? 'merge commits' : 'squash merging'} (GitHub says: ${said}). Allow it in the repository's settings (General, Pull Requests), or choose the other way to merge.`,
  );
