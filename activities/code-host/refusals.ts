/** What every code host turns away, and the way out. */
import { escapeControls } from '../../domain/text/escape.ts';
import { PortError } from '../support/errors.ts';

export const invalid = (what: string): PortError => new PortError('InvalidMessage', what);

export const shown = (name: string): string => `'${escapeControls(name)}'`;

export const alreadyOpen = (on: string, head: string, base: string): PortError =>
  new PortError(
    'AlreadyExists',
    `A pull request from ${shown(head)} into ${shown(base)} is already open on ${on}. Use that one.`,
  );

export const noCommits = (on: string, head: string, base: string): PortError =>
  new PortError(
    'NoCommits',
    `There are no commits between ${shown(base)} and ${shown(head)} on ${on}: nothing to merge.`,
  );

export const mergedAlready = (number: number): PortError =>
  new PortError(
    'PullRequestClosed',
    `Pull request #${number} is merged; it cannot be reopened. Open a new one for further commits.`,
  );

export const noPullRequest = (on: string, number: number): PortError =>
  new PortError(
    'PullRequestNotFound',
    `${on} has no pull request #${number}, or this credential cannot see it.`,
  );

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
