/** What the local code host refuses, in sentences. */
import type { PullRequestId } from '../port.ts';
import type { RepositoryRef } from '../../../domain/model/project.ts';
import { maxBodyLength, maxTitleLength } from '../../../domain/code-host/text-limits.ts';
import { escapeControls } from '../../../domain/text/escape.ts';
import { repositoryLabel } from '../../../domain/views/status.ts';
import { PortError } from '../../support/errors.ts';

export const nameOf = (repository: RepositoryRef): string => escapeControls(repositoryLabel(repository));

const shown = (branch: string): string => `'${escapeControls(branch)}'`;

export const hostedElsewhere = (repository: RepositoryRef): PortError =>
  new PortError(
    'NoCodeHost',
    `Pull requests of ${nameOf(repository)} live on its code host, not beside a local repository. Configure that host, or name the repository by path or URL.`,
  );

export const headInvalid = (repository: RepositoryRef, branch: string): PortError =>
  new PortError(
    'HeadInvalid',
    `The head branch ${shown(branch)} does not exist in ${nameOf(repository)}. Push it, then try again.`,
  );

export const baseInvalid = (repository: RepositoryRef, branch: string): PortError =>
  new PortError(
    'BaseInvalid',
    `The base branch ${shown(branch)} does not exist in ${nameOf(repository)}. Push it, or choose another base.`,
  );

export const noCommits = (head: string, base: string): PortError =>
  new PortError(
    'NoCommits',
    `There are no commits between ${shown(base)} and ${shown(head)}: nothing to merge.`,
  );

export const alreadyExists = (head: string, base: string, number: number): PortError =>
  new PortError(
    'AlreadyExists',
    `Pull request #${number} from ${shown(head)} into ${shown(base)} is already open. Use that one.`,
  );

export const notFound = ({ repository, number }: PullRequestId): PortError =>
  new PortError('PullRequestNotFound', `${nameOf(repository)} has no pull request #${number}.`);

export const mergedAlready = (number: number): PortError =>
  new PortError(
    'PullRequestClosed',
    `Pull request #${number} is merged; it cannot be reopened. Open a new one for further commits.`,
  );

export const invalid = (what: string): PortError => new PortError('InvalidMessage', what);

export const ownReview = (number: number, actor: string): PortError =>
  new PortError(
    'NotAnApprover',
    `'${escapeControls(actor)}' opened pull request #${number} and cannot review it; somebody else has to.`,
  );

export const unknownSchema = (path: string, schema: unknown): PortError =>
  new PortError(
    'UnknownSchema',
    `${path} holds a pull request in form ${JSON.stringify(schema) ?? 'unknown'}; this version knows form 1. A newer version wrote it: use that one.`,
  );

/** The limits of the strictest host we know, kept here too so that a project can move. */
export function checkText({ title, body }: { readonly title?: string; readonly body?: string }): void {
  if (title !== undefined && (title.trim() === '' || /[\r\n]/.test(title) || title.length > maxTitleLength)) {
    throw invalid(
      `A pull request's title is one line of 1 to ${maxTitleLength} characters; this one has ${title.length}.`,
    );
  }
  if (body !== undefined && body.length > maxBodyLength) {
    throw invalid(
      `A text on a pull request has at most ${maxBodyLength} characters; this one has ${body.length}. Shorten it.`,
    );
  }
}
